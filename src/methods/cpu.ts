import type { Burst } from '../kernels/kernel.js';
import { work as spin } from '../kernels/work.js';
import type { Method, Work } from './method.js';
import { Relay } from './relay.js';

/*
 * The fair opponent: run to completion on one lcore, no device. A turn (src/dpdk/turn.ts) sends what
 * came from the other port and receives from this one, in one call a burst.
 *
 *   lcore   ─[send 0│receive 1]─[work 1]─[send 1│receive 2]─[work 2]─[send 2│receive 3]──
 */
/** Rounds between two looks at the stop word. */
const LOOK = 16;

export const cpu: Method = {
  name: 'cpu',
  runToCompletion: true,
  lcores: {
    all(work) {
      const relays = work.paths.map((path) => new Relay(path));
      const bursts = relays.map((relay) => relay.view);
      const { run } = work.path;
      const last = relays.length - 1;
      let receiving = true;
      for (let round = 0; ; round++) {
        if (round % LOOK === 0) {
          receiving = run.going;
          if (!receiving && (run.aborted || !relays.some((relay) => relay.holding))) break;
        }
        // One port: out where it came in. Two: 0 → 1 and 1 → 0.
        for (let i = 0; i <= last; i++)
          if (relays[i].turn(relays[last - i], receiving)) process(work, bursts[i]);
      }
    },
  },
};

function process({ packetFunction, packetTimeNs }: Work, burst: Burst): void {
  packetFunction(burst);
  if (packetTimeNs > 0) spin(packetTimeNs * burst.count);
}
