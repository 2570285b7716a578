import type { Method } from './method.js';

/**
 * A method with one lcore a path in place of two: it receives and hands on as the RX lcore does, and
 * before each receive sends an item that is DONE (src/methods/intake.ts, `gather`). An mbuf then never
 * leaves the cache of one core, which is most of what a packet costs where nobody looks into it.
 *
 *   two lcores   RX ─[receive 0]─►READY─[receive 1]─►READY─[receive 2]─►READY──
 *                TX                    └►[send 0]─►FREE    └►[send 1]─►FREE
 *   one lcore       ─[receive 0]─►READY─[receive 1]─►READY─[send 0│receive 2]─►READY─[send 1│receive 3]──
 */
export function atBothEnds(method: Method): Method {
  const { rx, tx } = method.lcores;
  if (rx === undefined || tx === undefined) return method;
  return {
    ...method,
    together: true,
    lcores: {
      all(work) {
        rx(work);
        // Nothing more comes; what is under way goes out.
        tx(work);
      },
    },
  };
}
