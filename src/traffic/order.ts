import { TrafficCount } from './control.js';

/** Sequence numbers remembered: more than can be under way. A power of two. */
const REMEMBERED = 65_536;

/** Follows the sequence numbers of one queue: which came late, which came twice. */
export class Order {
  private next = 0;
  /** At number modulo REMEMBERED: the last such number that came, plus one. */
  private readonly last = new Float64Array(REMEMBERED);

  constructor(private readonly counts: Float64Array) {}

  see(sequence: number): void {
    const at = sequence % REMEMBERED;
    if (this.last[at] === sequence + 1) {
      this.counts[TrafficCount.duplicated]++;
      return;
    }
    this.last[at] = sequence + 1;
    // Numbers are of 32 bits and come round: the difference is what is small.
    if (((sequence - this.next) | 0) < 0) this.counts[TrafficCount.outOfOrder]++;
    else this.next = (sequence + 1) >>> 0;
  }
}
