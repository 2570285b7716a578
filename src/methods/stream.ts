import { Status } from '../gpudev/comm-list.js';
import { Compare, KERNEL_ARGS } from '../gpudev/driver.js';
import { entry } from '../kernels/kernel.js';
import { Count } from '../telemetry/tally.js';
import type { Method, Work } from './method.js';

/*
 * Method 4: links of wait value → kernel → write value are posted on a stream ahead of the packets.
 * The GPU's front end polls the status word, no multiprocessor does; the RX lcore only marks READY
 * and posts new links when half of them are used up, so that the stream never runs empty. (Drawn
 * with one item a link.)
 *
 *   RX lcore   post 0 1 2 3 ─[receive 0]─►READY─[receive 1]─►READY─post 4 5─[receive 2]─►READY──
 *   stream     wait 0 ··············· └►[kernel 0]─write DONE│wait 1└►[kernel 1]─write DONE│wait 2
 *   TX lcore                                       └►[send 0]─►FREE              └►[send 1]─►FREE
 */

/** Links kept ahead of the RX lcore, list permitting; refilled when half are left. */
const AHEAD = 64;
/**
 * Items a link takes in one kernel, list permitting. A link costs the device three operations, so
 * fewer links go further; an item waits for its company, but no longer than the timeout: then
 * empty items take the missing places.
 */
const ITEMS_A_LINK = 4;

export const stream: Method = {
  name: 'stream',

  async prepare({ gpu, kernel, list }) {
    const perItem = await gpu.load(entry(kernel, 'items'));
    const id = gpu.createStream();
    const itemsPerLink = Math.max(1, Math.min(ITEMS_A_LINK, Math.floor(list.items / 4)));
    return {
      posted: { kernel: perItem, stream: id, itemsPerLink },
      finish: () => gpu.synchronize(id),
    };
  },

  lcores: {
    rx(work) {
      const { path } = work;
      const { intake, run } = path;
      const links = new Links(work);
      intake.company = links.perLink;
      links.refill(0);
      while (run.going) {
        if (intake.gather()) intake.hand(Status.READY);
        else if (intake.overdue) intake.handEmpty();
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
  private readonly args = new Float64Array(KERNEL_ARGS);
  readonly perLink: number;
  private readonly ahead: number;

  constructor(private readonly work: Work) {
    const { list } = work.path;
    this.perLink = work.posted.itemsPerLink as number;
    this.ahead = Math.max(Math.min(AHEAD * this.perLink, list.items), this.perLink);
    this.args.set([list.deviceAddress, 0, list.items, 0, work.packetTimeNs]);
  }

  refill(handed: number): void {
    if (this.posted - handed > this.ahead / 2) return;
    while (this.posted - handed + this.perLink <= this.ahead) this.post();
  }

  private post(): void {
    const {
      gpu,
      path,
      posted,
      posted: { stream: on, kernel },
    } = this.work;
    const { list } = path;
    const first = this.posted % list.items;
    const last = (this.posted + this.perLink - 1) % list.items;
    const id = on as number;
    // Items become READY in order: when the last one is, all are.
    gpu.waitValue(id, list.statusAddress(last), Status.READY, Compare.EQ);
    this.args[1] = first;
    gpu.launch(id, kernel as number, posted.itemsPerLink as number, this.args);
    for (let i = 0; i < this.perLink; i++)
      gpu.writeValue(id, list.statusAddress((first + i) % list.items), Status.DONE);
    path.rxTally.values[Count.launches] += 1;
    this.posted += this.perLink;
  }
}
