import { Status } from '../gpudev/comm-list.js';
import { Compare } from '../gpudev/driver.js';
import { entry, listArgs } from '../kernels/kernel.js';
import { Count } from '../telemetry/tally.js';
import type { Method, Work } from './method.js';
import { ownStatusWords, WholeKernel } from './whole-kernel.js';

/*
 * Method 4: links of wait value → kernel are posted on a stream ahead of the packets. The GPU's front
 * end polls the status word of a link's first item, so that no multiprocessor is busy while nothing
 * comes; then the kernel starts, whose blocks await one item each and mark it DONE themselves: a
 * write value for every item would take the front end longer than the kernel. The RX lcore only
 * marks READY, and posts a link whenever one has been used up. (Drawn with two items a link.)
 *
 *   RX lcore   post A B ─[receive 0]─►READY──[receive 1]─►READY─post C─[receive 2]─►READY──
 *   link A     wait 0 ··········· └►[kernel 0]─►DONE
 *                                   awaits 1 ········· └►[kernel 1]─►DONE
 *   link B                                                wait 2 ··········· └►[kernel 2]─►DONE
 *   TX lcore                           └►[send 0]─►FREE     └►[send 1]─►FREE
 */

/** Links posted and not used up, list permitting: while one works the others stand behind it. */
const AHEAD = 4;
/** Items a link takes, list permitting: posting it costs the RX lcore as much as several items. */
const ITEMS_A_LINK = 16;

export const stream: Method = {
  name: 'stream',

  async prepare({ gpu, kernel, list, blocks, exitWord }) {
    const perItem = await gpu.load(entry(kernel, 'awaited'));
    const id = gpu.createStream();
    const itemsPerLink = Math.max(1, Math.min(ITEMS_A_LINK, blocks, Math.floor(list.items / 4)));
    const exit = exitWord.address;
    const own = ownStatusWords(gpu, kernel, list);
    return {
      posted: { kernel: perItem, stream: id, itemsPerLink, exit, ...own },
      finish: (limitMs) => gpu.synchronize(id, limitMs),
    };
  },

  lcores: {
    rx(work) {
      const { path } = work;
      const { intake, run } = path;
      const links = new Links(work);
      links.refill(0);
      while (run.going) {
        if (!intake.gather()) continue;
        intake.hand(Status.READY);
        links.refill(intake.handed);
      }
      intake.close(Status.READY);
      // What is posted waits for items: give it empty ones, so that the stream drains.
      while (intake.handed !== links.posted && !run.aborted) intake.handEmpty();
      path.close();
    },
    tx({ path: { outlet } }) {
      while (outlet.open) outlet.send();
    },
  },
};

/** The links of one path, posted in order; each serves the next `itemsPerLink` items. */
class Links {
  /** Items served by the links posted so far. */
  posted = 0;
  private readonly args: Float64Array;
  private readonly perLink: number;
  private readonly ahead: number;
  private readonly whole: WholeKernel | undefined;

  constructor(private readonly work: Work) {
    const { path, posted, packetTimeNs } = work;
    this.perLink = posted.itemsPerLink as number;
    this.ahead = Math.max(Math.min(AHEAD * this.perLink, path.list.items), this.perLink);
    this.args = Float64Array.from(listArgs(path.list, 0, posted.exit as number, packetTimeNs));
    this.whole = WholeKernel.of(work);
  }

  refill(handed: number): void {
    while (this.posted - handed + this.perLink <= this.ahead) this.post();
  }

  private post(): void {
    const { gpu, path, posted } = this.work;
    const { list } = path;
    const id = posted.stream as number;
    const first = this.posted % list.items;
    if (this.whole !== undefined) this.whole.post(id, first, this.perLink, true);
    else {
      gpu.waitValue(id, list.statusAddress(first), Status.READY, Compare.EQ);
      this.args[1] = first;
      gpu.launch(id, posted.kernel as number, this.perLink, this.args);
    }
    path.rxTally.values[Count.launches] += 1;
    this.posted += this.perLink;
  }
}
