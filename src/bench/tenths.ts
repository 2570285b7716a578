import type { L2fwdSnapshot } from '../apps/l2fwd/result.js';
import type { RunControl } from '../apps/l2fwd/run.js';
import type { Turn } from './sweep.js';

const TENTH_MS = 100;

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
  private last?: L2fwdSnapshot;
  private timer?: NodeJS.Timeout;

  /** `warmup`: seconds at the start of each run that do not count. */
  constructor(private readonly warmup = 0) {}

  /** A turn whose runs are watched. */
  of(turn: Turn): Turn {
    return {
      ...turn,
      run: async (options, watch) => {
        try {
          return await turn.run(options, {
            ...watch,
            onStart: (control) => this.start(control),
            // After this nobody may look.
            onLatency: () => clearInterval(this.timer),
          });
        } finally {
          clearInterval(this.timer);
        }
      },
    };
  }

  private start({ snapshot }: RunControl): void {
    this.last = snapshot();
    this.timer = setInterval(() => this.look(snapshot()), TENTH_MS);
  }

  private look(now: L2fwdSnapshot): void {
    const { last = now } = this;
    this.last = now;
    if (last.seconds < this.warmup) return;
    const mpps = (now.tx.packets - last.tx.packets) / (now.seconds - last.seconds) / 1e6;
    this.fastest = Math.max(this.fastest, mpps);
    this.slowest = Math.min(this.slowest, mpps);
  }
}
