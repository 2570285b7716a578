import type { L2fwdSnapshot } from '../apps/l2fwd/result.js';
import { lookedAt } from './looked-at.js';
import type { Turn } from './sweep.js';

/**
 * How fast runs are in the fastest and the slowest tenth of a second of them all, in Mpps. On a machine that
 * others use as well, a run's rate depends on what they do meanwhile; that of the fastest tenth hardly does, and
 * the slowest tells what is left at the worst.
 */
export class Tenths {
  /** 0: there was no tenth that counts. */
  fastest = 0;
  /** Infinity: the same. */
  slowest = Number.POSITIVE_INFINITY;

  /** Seconds of each run between which tenths count: before it warms up, after it drains. */
  constructor(
    private readonly from = 0,
    private readonly until = Number.POSITIVE_INFINITY,
  ) {}

  /** A turn whose one run is watched. */
  of(turn: Turn): Turn {
    let last: L2fwdSnapshot | undefined;
    return lookedAt(turn, ({ snapshot }) => {
      const now = snapshot();
      if (last !== undefined && last.seconds >= this.from && now.seconds <= this.until)
        this.count((now.tx.packets - last.tx.packets) / (now.seconds - last.seconds) / 1e6);
      last = now;
    });
  }

  private count(mpps: number): void {
    this.fastest = Math.max(this.fastest, mpps);
    this.slowest = Math.min(this.slowest, mpps);
  }
}
