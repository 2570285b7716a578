import type { RunControl } from '../apps/l2fwd/run.js';
import type { Turn } from './sweep.js';

export const LOOKS_A_SECOND = 10;

/** A turn whose runs are looked at when they start and each tenth of a second, as long as anybody may. */
export function lookedAt(turn: Turn, look: (control: RunControl) => void): Turn {
  return {
    ...turn,
    async run(options, watch = {}) {
      let timer: NodeJS.Timeout | undefined;
      const end = () => clearInterval(timer);
      try {
        return await turn.run(options, {
          onStart(control) {
            watch.onStart?.(control);
            look(control);
            timer = setInterval(() => look(control), 1000 / LOOKS_A_SECOND);
          },
          onLatency(histogram) {
            // The last moment at which the run may be looked at.
            end();
            watch.onLatency?.(histogram);
          },
        });
      } finally {
        end();
      }
    },
  };
}
