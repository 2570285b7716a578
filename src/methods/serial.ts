import { Status } from '../gpudev/comm-list.js';
import { entry, listArgs } from '../kernels/kernel.js';
import { native } from '../memory/native.js';
import { Count } from '../telemetry/tally.js';
import type { Method } from './method.js';
import { ownStatusWords, WholeKernel } from './whole-kernel.js';

/*
 * Method 1: one lcore does it all, and waits for the GPU in between. The method meant to lose.
 *
 *   lcore   ─[receive 0]─►launch ··· waits ··· [send 0]─►FREE─[receive 1]─►launch ··· waits ···
 *   GPU                    └►[kernel 0]─►DONE┘                              └►[kernel 1]─►DONE┘
 */
export const serial: Method = {
  name: 'serial',

  async prepare({ gpu, kernel, list }) {
    const perItem = await gpu.load(entry(kernel, 'items'));
    const stream = gpu.createStream();
    const posted = { kernel: perItem, stream, ...ownStatusWords(gpu, kernel, list) };
    return { posted, finish: (limitMs) => gpu.synchronize(stream, limitMs) };
  },

  lcores: {
    all(work) {
      const { path, gpu, posted, packetTimeNs } = work;
      const { intake, outlet, list, run } = path;
      const whole = WholeKernel.of(work);
      const args = Float64Array.from(listArgs(list, 0, 1, packetTimeNs));

      const roundTrip = () => {
        args[1] = intake.item;
        intake.hand(Status.READY);
        while (intake.ready !== intake.handed && !run.aborted) path.wait(true);
        if (whole !== undefined) whole.post(posted.stream as number, args[1], 1, false);
        else gpu.launch(posted.stream as number, posted.kernel as number, 1, args);
        path.rxTally.values[Count.launches] += 1;
        native.lcoreMark();
        gpu.synchronize(posted.stream as number);
        native.lcoreMark();
        while (outlet.freed !== intake.handed && !run.aborted) outlet.send();
      };

      while (run.going) if (intake.gather()) roundTrip();
      if (intake.count !== 0 && !run.aborted) roundTrip();
      path.close();
    },
  },
};
