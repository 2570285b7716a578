import type { Window } from '../memory/memory.js';
import type { Address } from '../memory/native.js';
import { DROP_REASONS, type DropReason } from './drops.js';
import { HISTOGRAM_BYTES, Histogram } from './histogram.js';

/** What an lcore counts beside its turns (src/dpdk/turn.ts), each declared once, as prose. */
export const counters = {
  items: 'items of the comm list that brought packets round and were freed again',
  launches: 'kernels and graphs launched',
  runts: 'frames under 12 bytes, forwarded unchanged',
  checked: 'frames compared with what was received (--verify)',
  wrong: 'frames that were not what they should be',
  counting: '1 once the warm-up is over',
  startTsc: 'time-stamp counter when counting began: the first counted packet was received',
  endTsc: 'time-stamp counter when the last packet was sent',
  startPackets: 'packets sent before counting began',
  startBytes: 'bytes sent before counting began',
} as const;

export type Counter = keyof typeof counters;

const NAMES = Object.keys(counters) as Counter[];

/** Where each counter stands in a tally's `values`; the data plane adds to it there. */
export const Count = Object.fromEntries(NAMES.map((name, i) => [name, i])) as Record<
  Counter,
  number
>;
const HEAD_BYTES = 256;

export const TALLY_BYTES = HEAD_BYTES + HISTOGRAM_BYTES;

/** Counters of one lcore in shared memory: one writer, any reader, whenever it likes. */
export class Tally {
  readonly latency: Histogram;
  /** The counters, by `Count`. */
  readonly values: Float64Array;

  constructor(window: Window, address: Address) {
    const offset = address - window.address;
    this.values = new Float64Array(window.buffer, offset, HEAD_BYTES / 8);
    this.latency = new Histogram(window, address + HEAD_BYTES);
  }

  drop(reason: DropReason, packets: number): void {
    this.values[NAMES.length + DROP_REASONS.indexOf(reason)] += packets;
  }

  dropped(reason: DropReason): number {
    return this.values[NAMES.length + DROP_REASONS.indexOf(reason)];
  }
}
