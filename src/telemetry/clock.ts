import type { Turn } from '../dpdk/turn.js';
import { Count, type Tally } from './tally.js';

/**
 * Times what a TX queue sends: from the first packet counted to the last one sent, and for each
 * packet from its receive call's return to its send call's. The first `warmup` packets are left out.
 */
export class Clock {
  constructor(
    private readonly tally: Tally,
    private readonly nsPerCycle: number,
    private readonly warmup: number,
  ) {}

  /** `turn` has just sent packets, the first of them received at `arrival`: do they count? */
  running(turn: Turn, arrival: number): boolean {
    const { values } = this.tally;
    if (values[Count.counting] === 0) {
      if (turn.txPackets <= this.warmup) return false;
      const all = this.warmup === 0;
      values[Count.counting] = 1;
      values[Count.startTsc] = all ? arrival : turn.tsc;
      values[Count.startPackets] = all ? 0 : turn.txPackets;
      values[Count.startBytes] = all ? 0 : turn.txBytes;
    }
    values[Count.endTsc] = turn.tsc;
    return true;
  }

  /** `n` of the packets that `turn` has just sent were received at `arrival`. */
  record(turn: Turn, arrival: number, n: number): void {
    this.tally.latency.record((turn.tsc - arrival) * this.nsPerCycle, n);
  }
}
