import type { ItemTrace, KernelTime } from './items.js';

/** A moment by two clocks: the CPU's time-stamp counter and the device's own, in nanoseconds. */
export interface Pair {
  readonly tsc: number;
  readonly device: bigint;
  /** Cycles that `tsc` may be off by. */
  readonly error: number;
}

/**
 * From a device's time to the CPU's: through two pairs, because clocks drift apart by some
 * microseconds a second; with one pair alone the device's nanosecond counts as one.
 */
export function matchClocks(start: Pair, end: Pair | undefined, tscHz: number) {
  const ns = end === undefined ? 0 : Number(end.device - start.device);
  const rate = end === undefined || ns === 0 ? tscHz / 1e9 : (end.tsc - start.tsc) / ns;
  return (device: bigint) => start.tsc + Number(device - start.device) * rate;
}

/**
 * By how many cycles the kernels of a window must be moved so that none takes its item before that was
 * handed on, and none ends after it was found DONE: what is left of the clocks' error. 0 where their
 * times are possible as they are.
 */
export function nudge(items: Iterable<ItemTrace>): number {
  let least = -Infinity;
  let most = Infinity;
  for (const { kernel, handed, found } of items) {
    if (kernel === undefined) continue;
    if (handed !== undefined) least = Math.max(least, handed - kernel.start);
    if (found !== undefined) most = Math.min(most, found - kernel.end);
  }
  if (least > most) return (least + most) / 2;
  return Math.min(Math.max(0, least), most);
}

export function moved(kernel: KernelTime, by: number): KernelTime {
  const { began, start, end } = kernel;
  return { ...kernel, began: began + by, start: start + by, end: end + by };
}
