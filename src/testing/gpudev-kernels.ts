import { ITEM, ITEM_BYTES, PACKET_BYTES, Status } from '../gpudev/comm-list-layout.js';
import type { KernelSource } from '../gpudev/driver.js';
import type { Block, DeviceSpan } from '../gpudev/drivers/software/block.js';
import { work } from '../kernels/work.js';

const LINGER_NS = 200_000;

/** A kernel of this file, as drivers load it. */
export function kernel(name: 'addOne' | 'answerFlag' | 'swapList'): KernelSource {
  return { name, software: { module: import.meta.url, export: name } };
}

/** args: from, to, bytes. Stores each byte of `from`, plus one, at `to`. */
export function addOne({ args, memory }: Block): void {
  const [from, to, bytes] = args;
  const source = memory.span(from, bytes);
  const target = memory.span(to, bytes);
  for (let i = 0; i < bytes; i++)
    target.window.u8[to - target.address + i] = source.window.u8[from - source.address + i] + 1;
}

/** args: question, answer: two flags. Doubles the one into the other once it is not 0. */
export function* answerFlag({ args, memory }: Block): Generator<boolean, void, void> {
  const [question, answer] = args;
  const from = memory.span(question, 4);
  const to = memory.span(answer, 4);
  for (;;) {
    const value = Atomics.load(from.window.u32, (question - from.address) / 4);
    if (value !== 0) {
      Atomics.store(to.window.u32, (answer - to.address) / 4, value * 2);
      return;
    }
    yield false;
  }
}

/**
 * args: list (device address), items, stop (a flag's). A persistent kernel as gpudev knows them:
 * block b polls items b, b + blocks, …, exchanges the MAC addresses of a READY item's packets and
 * marks it DONE; an item with a packet of no bytes becomes an ERROR. Ends when `stop` is not 0.
 * It finds everything by the pointers that stand in the list, as a kernel written for DPDK would.
 */
export function* swapList({ index, count, args, memory }: Block): Generator<boolean, void, void> {
  const [list, items, stop] = args;
  const items48 = memory.span(list, items * ITEM_BYTES);
  const head = (list - items48.address) / 4;
  const words = items48.window.u32;
  const stopSpan = memory.span(stop, 4);
  const stopWord = (stop - stopSpan.address) / 4;

  while (Atomics.load(stopSpan.window.u32, stopWord) === 0) {
    let worked = false;
    for (let item = index; item < items; item += count)
      if (swapOne(memory, words, head + (item * ITEM_BYTES) / 4, true)) worked = true;
    yield worked;
  }
}

/**
 * args: an item. Launched for it alone, as gpudev programs do: it expects READY, marks DONE, and
 * lingers: time enough for the CPU to free the item and fill it again, if it believes that mark.
 */
export function swapItem({ index, count, args: [item], memory }: Block): void {
  const span = memory.span(item, ITEM_BYTES);
  const at = (item - span.address) / 4;
  if (index !== 0 || count !== 1) throw new Error(`block ${index} of ${count}, not the only one`);
  if (!swapOne(memory, span.window.u32, at, true)) throw new Error('the item is not READY');
  work(LINGER_NS);
}

/** The same by a kernel that leaves the item's status to whoever launched it. */
export function swapItemOnly({ args: [item], memory }: Block): void {
  const span = memory.span(item, ITEM_BYTES);
  if (!swapOne(memory, span.window.u32, (item - span.address) / 4, false))
    throw new Error('the item is not READY');
}

/** Swaps and, where told to, marks the item that stands at a word; false while it is not READY. */
function swapOne(memory: Block['memory'], words: Uint32Array, at: number, mark: boolean): boolean {
  const pointer = (word: number, bytes: number) =>
    memory.spanOf(words[word], words[word + 1], bytes);
  const statusAt = at + ITEM.status_d / 4;
  const status = pointer(statusAt, 4);
  const statusWord = ((words[statusAt] - status.origin) >>> 0) >>> 2;
  if (Atomics.load(status.window.i32, statusWord) !== Status.READY) return false;
  const packetsAt = at + ITEM.pkt_list / 4;
  const n = words[at + ITEM.num_pkts / 4];
  const packets = pointer(packetsAt, Math.max(n, 1) * PACKET_BYTES);
  const first = ((words[packetsAt] - packets.origin) >>> 0) >>> 2;
  let result: number = Status.DONE;
  for (let p = 0; p < n; p++) if (!swapMacs(memory, packets, first + 4 * p)) result = Status.ERROR;
  if (mark) Atomics.store(status.window.i32, statusWord, result);
  return true;
}

/** The packet that stands at a word of pkt_list: addr low, high, size low. */
function swapMacs(memory: Block['memory'], packets: DeviceSpan, at: number): boolean {
  const { u32 } = packets.window;
  const size = u32[at + 2];
  if (size === 0) return false;
  const frame = memory.spanOf(u32[at], u32[at + 1], size);
  const start = (u32[at] - frame.origin) >>> 0;
  const { u8 } = frame.window;
  for (let i = start; size >= 12 && i < start + 6; i++) {
    const byte = u8[i];
    u8[i] = u8[i + 6];
    u8[i + 6] = byte;
  }
  return true;
}
