import type { L2fwdSnapshot } from '../apps/l2fwd/result.js';
import type { RunControl } from '../apps/l2fwd/run.js';
import type { Turn } from './sweep.js';

const TENTH_MS = 100;

/**
 * How fast a run is in its fastest tenth of a second. On a machine that others use as well, a run's rate
 * depends on what they do meanwhile; that of its fastest tenth hardly does.
 */
export class Tenths {
  /** Mpps; 0: it was over within a tenth of a second. */
  fastest = 0;
  private last?: L2fwdSnapshot;
  private timer?: NodeJS.Timeout;

  /** A turn whose run is watched. */
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
    const mpps = (now.tx.packets - last.tx.packets) / (now.seconds - last.seconds) / 1e6;
    this.fastest = Math.max(this.fastest, mpps);
    this.last = now;
  }
}
