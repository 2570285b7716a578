/**
 * Artificial work (`--packet-time-ns`): keeps the thread busy for so many nanoseconds. A GPU's lanes
 * work on an item's packets side by side, so a device spends it once an item; a CPU once a packet.
 */
export function work(ns: number): void {
  const end = performance.now() + ns / 1e6;
  while (performance.now() < end);
}
