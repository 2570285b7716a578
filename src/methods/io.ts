import { Status } from '../gpudev/comm-list.js';
import type { Method } from './method.js';

/*
 * No workload: the control path alone. What it reaches, no other method can pass.
 *
 *   RX lcore   ─[receive 0]─►DONE─[receive 1]─►DONE─[receive 2]─►DONE──
 *   TX lcore                  └►[send 0]─►FREE  └►[send 1]─►FREE  └►[send 2]
 */
export const io: Method = {
  name: 'io',
  untouched: true,
  passes: true,
  lcores: {
    rx({ path }) {
      const { intake, run } = path;
      while (run.going) if (intake.gather()) intake.hand(Status.DONE);
      intake.close(Status.DONE);
      path.close();
    },
    tx({ path: { outlet } }) {
      while (outlet.open) outlet.send();
    },
  },
};
