import { Status } from '../gpudev/comm-list.js';
import { entry, listArgs } from '../kernels/kernel.js';
import type { Method } from './method.js';
import { wholeListArgs } from './whole-kernel.js';

/*
 * Method 3: a kernel launched once polls the list. Its blocks own items (block b: b, b + blocks, …),
 * so several items are worked on side by side; CPU and GPU meet in status words alone.
 *
 *   RX lcore   ─[receive 0]─►READY─[receive 1]─►READY─[receive 2]─►READY──
 *   GPU        ═ polls ══════ └►[kernel 0]─►DONE ═══════ polls ══════════════  launched once
 *                block 1 ════════════════════ └►[kernel 1]─►DONE ═══ polls ══
 *   TX lcore                               └►[send 0]─►FREE  └►[send 1]─►FREE
 */
export const persistent: Method = {
  name: 'persistent',
  passes: true,

  async prepare({ gpu, kernel, list, processors, exitWord, heartbeats, packetTimeNs }) {
    const polling = await gpu.load(entry(kernel, 'persistent'));
    const stream = gpu.createStream();
    const whole = kernel.form === 'item';
    const args = whole
      ? wholeListArgs(list, exitWord.address)
      : listArgs(list, heartbeats, exitWord.address, packetTimeNs);
    const blocks = whole ? 1 : Math.min(list.items, processors);
    gpu.launch(stream, polling, blocks, Float64Array.from(args));
    return {
      posted: { launches: 1 },
      finish(limitMs) {
        exitWord.raise();
        gpu.synchronize(stream, limitMs);
      },
    };
  },

  lcores: {
    rx({ path }) {
      const { intake, run } = path;
      while (run.going) if (intake.gather()) intake.hand(Status.READY);
      intake.close(Status.READY);
      path.close();
    },
    tx({ path: { outlet } }) {
      while (outlet.open) outlet.send();
    },
  },
};
