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
export const cpu: Method = {
  name: 'cpu',
  runToCompletion: true,
  lcores: {
    all(work) {
      const relays = work.paths.map((path) => new Relay(path));
      const bursts = relays.map((relay) => relay.view);
      const { run } = work.path;
      const last = relays.length - 1;
      while (run.going || (relays.some((relay) => relay.holding) && !run.aborted)) {
        for (let i = 0; i <= last; i++) {
          // One port: out where it came in. Two: 0 → 1 and 1 → 0.
          if (relays[i].turn(relays[last - i])) process(work, bursts[i]);
        }
      }
    },
  },
};

function process({ packetFunction, packetTimeNs }: Work, burst: Burst): void {
  packetFunction(burst);
  if (packetTimeNs > 0) spin(packetTimeNs * burst.count);
}
