import { Status } from '../gpudev/comm-list.js';
import { Compare, type GraphNode } from '../gpudev/driver.js';
import { entry } from '../kernels/kernel.js';
import { Count } from '../telemetry/tally.js';
import type { Method, Work } from './method.js';

/*
 * Method 4 with graphs: a graph holds the links of several items as branches side by side, and is
 * launched whole. Graphs take turns on two streams, so that one is always posted behind the other.
 *
 *   RX lcore    launch A B ─[receive 0]─►READY─[receive 1]─►READY─launch A─[receive 2]─►READY──
 *   graph A     wait 0 ──────────── └►[kernel 0]─DONE
 *               wait 1 ──────────────────────────── └►[kernel 1]─DONE
 *   graph B     wait 2 ──────────────────────────────────────────────────────── └►[kernel 2]─DONE
 *   TX lcore                                     └►[send 0]─►FREE └►[send 1]─►FREE
 */

/** Branches of a graph at most: more spread the launch thinner, and make the last ones wait. */
const BRANCHES = 16;

export const graph: Method = {
  name: 'graph',

  async prepare({ gpu, kernel, list, packetTimeNs }) {
    const perItem = await gpu.load(entry(kernel, 'items'));
    const branches = branchesFor(list.items);
    const graphs: number[] = [];
    for (let first = 0; first < list.items; first += branches) {
      const nodes: GraphNode[] = [];
      for (let item = first; item < first + branches; item++) {
        const address = list.statusAddress(item);
        const args = [list.deviceAddress, item, list.items, 0, packetTimeNs];
        const at = nodes.length;
        nodes.push(
          { type: 'wait', after: [], address, value: Status.READY, compare: Compare.EQ },
          { type: 'kernel', after: [at], kernel: perItem, blocks: 1, args },
          { type: 'write', after: [at + 1], address, value: Status.DONE },
        );
      }
      graphs.push(gpu.createGraph(nodes));
    }
    const streams = [gpu.createStream(), gpu.createStream()];
    return {
      posted: { graphs, streams, branches },
      finish: () => {
        for (const stream of streams) gpu.synchronize(stream);
      },
    };
  },

  lcores: {
    rx(work) {
      const { path } = work;
      const { intake, run } = path;
      const graphs = new Graphs(work);
      graphs.refill(0);
      while (run.going) {
        if (!intake.gather()) continue;
        intake.hand(Status.READY);
        graphs.refill(intake.handed);
      }
      intake.close(Status.READY);
      while (intake.handed !== graphs.posted && !run.aborted) intake.handEmpty();
      path.close();
    },
    tx({ path: { outlet } }) {
      while (outlet.open) outlet.send();
    },
  },
};

/** The graphs of one path, launched in turn so that two are always ahead of the RX lcore. */
class Graphs {
  /** Items served by the graphs launched so far. */
  posted = 0;
  private launches = 0;

  constructor(private readonly work: Work) {}

  refill(handed: number): void {
    const { gpu, path, posted } = this.work;
    const graphs = posted.graphs as number[];
    const streams = posted.streams as number[];
    const branches = posted.branches as number;
    const ahead = Math.min(2 * branches, path.list.items);
    while (this.posted - handed + branches <= ahead) {
      const n = this.launches++;
      gpu.launchGraph(streams[n % 2], graphs[n % graphs.length]);
      path.rxTally.values[Count.launches] += 1;
      this.posted += branches;
    }
  }
}

/** The most branches (a divisor of the list's length) with which there are two graphs or more. */
export function branchesFor(items: number): number {
  for (let n = Math.min(BRANCHES, Math.floor(items / 2)); n > 1; n--) if (items % n === 0) return n;
  return 1;
}
