import type { Turn } from '../dpdk/turn.js';
import { Histogram } from './histogram.js';
import { Count, type Tally } from './tally.js';

/**
 * Times what a TX queue sends: from the first packet counted to the last one sent, and for each
 * packet from its receive call's return to its send call's. The first `warmup` packets do not count.
 *
 * Until they do, everything is done as afterwards, only into a histogram that nobody reads. Code that
 * is new when counting begins would be what V8 has no optimised code for: it would count the 40 ms in
 * which an lcore goes without.
 */
export class Clock {
  /** Where latencies go while nothing counts, and while it does. */
  private readonly latencies: readonly Histogram[];

  constructor(
    private readonly tally: Tally,
    private readonly nsPerCycle: number,
    private readonly warmup: number,
  ) {
    this.latencies = [Histogram.alone(), tally.latency];
  }

  /** `turn` has just sent packets, the first of them received at `arrival`. */
  sent(turn: Turn, arrival: number): void {
    const { values } = this.tally;
    if (values[Count.counting] === 0) this.begin(turn, arrival);
    values[Count.endTsc] = turn.tsc;
  }

  /** `n` of the packets that `turn` has just sent were received at `arrival`; `sent` comes first. */
  record(turn: Turn, arrival: number, n: number): void {
    const into = this.latencies[this.tally.values[Count.counting] | 0];
    into.record((turn.tsc - arrival) * this.nsPerCycle, n);
  }

  /** The beginning moves along until the warm-up is over. */
  private begin(turn: Turn, arrival: number): void {
    const { values } = this.tally;
    const all = this.warmup === 0;
    values[Count.startTsc] = all ? arrival : turn.tsc;
    values[Count.startPackets] = all ? 0 : turn.txPackets;
    values[Count.startBytes] = all ? 0 : turn.txBytes;
    values[Count.counting] = turn.txPackets > this.warmup ? 1 : 0;
  }
}
