import { STATUS_STRIDE, Status } from '../gpudev/comm-list.js';
import { entry, listArgs } from '../kernels/kernel.js';
import { Count } from '../telemetry/tally.js';
import type { Method, Work } from './method.js';
import { ownStatusWords, WholeKernel } from './whole-kernel.js';

/*
 * Method 2: the RX lcore launches a kernel for what is READY, the TX lcore waits for DONE. A launch
 * costs more than a small item, so while the GPU is busy, and while packets keep coming, READY items
 * gather, and the next launch takes them all: one block an item.
 *
 *   RX lcore   ─[receive 0]─►launch─[receive 1]─[receive 2]─►launch─[receive 3]──
 *   GPU                       └►[kernel 0]─►DONE              └►[kernel 1│2]─►DONE
 *   TX lcore                                 └►[send 0]─►FREE                 └►[send 1]─►[send 2]
 */

/** Launches under way: one works while the next is on its way to the device … */
const IN_FLIGHT = 2;
/** … if it has so many items: a launch for fewer costs the RX lcore more than it gains. */
const ITEMS_BEHIND = 16;
/** Packets that a launch is to be worth while more keep coming: it costs the lcore what receiving a hundred does. */
const WORTH = 256;
/** Items one launch takes at most; it keeps what is READY from becoming one long wait. */
const ITEMS_A_LAUNCH = 64;

export const launch: Method = {
  name: 'launch',

  async prepare({ gpu, kernel, list }) {
    const perItem = await gpu.load(entry(kernel, 'items'));
    const stream = gpu.createStream();
    const posted = { kernel: perItem, stream, ...ownStatusWords(gpu, kernel, list) };
    return { posted, finish: (limitMs) => gpu.synchronize(stream, limitMs) };
  },

  lcores: {
    rx(work) {
      const { path } = work;
      const { intake, run } = path;
      const launches = new Launches(work);
      while (run.going) {
        if (intake.gather()) intake.hand(Status.READY);
        launches.launch(intake.ready, intake.coming);
      }
      intake.close(Status.READY);
      while (launches.launched !== intake.handed && !run.aborted)
        if (!launches.launch(intake.ready)) path.wait(true);
      path.close();
    },
    tx({ path: { outlet } }) {
      while (outlet.open) outlet.send();
    },
  },
};

/** The launches of one path: what has been launched, and which launches are still under way. */
export class Launches {
  /** Items launched so far. */
  launched = 0;
  private readonly args: Float64Array;
  /** Last item of each launch under way, oldest first, as a count of items. */
  private readonly ends = new Float64Array(IN_FLIGHT);
  private under = 0;
  private readonly whole: WholeKernel | undefined;
  /** Items that are worth a launch while more are coming. */
  private readonly worth: number;
  /** When the first of those that wait for company was seen, by the last turn's clock; 0: none does. */
  private since = 0;

  constructor(private readonly work: Work) {
    this.worth = Math.ceil(WORTH / work.path.list.packets);
    this.args = Float64Array.from(listArgs(work.path.list, 0, 1, work.packetTimeNs));
    this.whole = WholeKernel.of(work);
  }

  /**
   * Launches what became READY and was not launched, if it is time to; tells whether it did. Where
   * packets keep `coming`, and who calls will call again, it may wait for company, for the timeout of
   * a partial item at most.
   */
  launch(ready: number, coming = false): boolean {
    const fresh = ready - this.launched;
    if (fresh === 0) return false;
    this.retire(ready);
    const { gpu, path, posted } = this.work;
    const now = path.rxTurn.tsc;
    if (coming && this.since === 0) this.since = now;
    const waits = coming && now - this.since < path.share.timeout;
    const { under, worth } = this;
    const enough = under !== 0 ? ITEMS_BEHIND : waits ? worth : 1;
    if (under === IN_FLIGHT || fresh < enough) return false;
    this.since = 0;
    const count = Math.min(fresh, ITEMS_A_LAUNCH);
    this.args[1] = this.launched % path.list.items;
    const { whole, args } = this;
    if (whole !== undefined) whole.post(posted.stream as number, args[1], count, false);
    else gpu.launch(posted.stream as number, posted.kernel as number, count, args);
    path.rxTally.values[Count.launches] += 1;
    this.launched += count;
    this.ends[this.under++] = this.launched;
    return true;
  }

  /** A launch is over when its last item is no longer READY, or has become so once more. */
  private retire(ready: number): void {
    const { list } = this.work.path;
    while (this.under !== 0) {
      const last = this.ends[0] - 1;
      const status = Atomics.load(list.status, (last % list.items) * STATUS_STRIDE);
      if (status === Status.READY && ready <= last + list.items) return;
      this.ends.copyWithin(0, 1);
      this.under--;
    }
  }
}
