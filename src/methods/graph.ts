import { Status } from '../gpudev/comm-list.js';
import type { GraphNode } from '../gpudev/driver.js';
import { entry, listArgs } from '../kernels/kernel.js';
import { Count } from '../telemetry/tally.js';
import type { Method, Work } from './method.js';
import { ownStatusWords, wholeNodes } from './whole-kernel.js';

/*
 * Method 4 with graphs: a graph holds the work of several items as branches side by side and is
 * launched whole, ahead of the packets. A branch is a kernel whose blocks await one item each: nodes
 * that wait and write for every item cost the launch 3 µs an item. Graphs take turns on two streams,
 * so that one is always posted behind the other. (Drawn with two items a graph.)
 *
 *   RX lcore    launch A B ─[receive 0]─►READY─[receive 1]─►READY─launch C─[receive 2]─►READY──
 *   graph A     awaits 0 ··········· └►[kernel 0]─►DONE
 *               awaits 1 ···························· └►[kernel 1]─►DONE
 *   graph B     awaits 2 ···················································· └►[kernel 2]─►DONE
 *   TX lcore                              └►[send 0]─►FREE └►[send 1]─►FREE
 */

/** Items of a graph at most … */
const ITEMS_A_GRAPH = 32;
/** … and of a branch: each branch is a node more for the RX lcore to launch. */
const ITEMS_A_BRANCH = 8;

export const graph: Method = {
  name: 'graph',

  async prepare({ gpu, kernel, list, blocks, exitWord, packetTimeNs }) {
    const perItem = await gpu.load(entry(kernel, 'awaited'));
    const perGraph = itemsPerGraph(list.items, blocks);
    const { ownStatus } = ownStatusWords(gpu, kernel, list);
    const graphs: number[] = [];
    for (let first = 0; first < list.items; first += perGraph) {
      if (ownStatus !== undefined) {
        const work = { kernel: perItem, ownStatus };
        graphs.push(gpu.createGraph(wholeNodes(list, first, perGraph, work)));
        continue;
      }
      const nodes: GraphNode[] = [];
      for (let item = first; item < first + perGraph; item += ITEMS_A_BRANCH) {
        const count = Math.min(ITEMS_A_BRANCH, first + perGraph - item);
        const args = listArgs(list, item, exitWord.address, packetTimeNs);
        nodes.push({ type: 'kernel', after: [], kernel: perItem, blocks: count, args });
      }
      graphs.push(gpu.createGraph(nodes));
    }
    const streams = [gpu.createStream(), gpu.createStream()];
    return {
      posted: { graphs, streams, perGraph },
      finish: (limitMs) => {
        for (const stream of streams) gpu.synchronize(stream, limitMs);
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
      // What is posted waits for items: give it empty ones, so that the graphs end.
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
    const perGraph = posted.perGraph as number;
    const ahead = Math.min(2 * perGraph, path.list.items);
    while (this.posted - handed + perGraph <= ahead) {
      const n = this.launches++;
      gpu.launchGraph(streams[n % 2], graphs[n % graphs.length]);
      path.rxTally.values[Count.launches] += 1;
      this.posted += perGraph;
    }
  }
}

/**
 * The most items a graph can have so that the list holds a whole number of graphs, two or more, and
 * two of them await no more items than there is room for `blocks`.
 */
export function itemsPerGraph(items: number, blocks: number): number {
  const most = Math.min(ITEMS_A_GRAPH, Math.floor(items / 2), Math.floor(blocks / 2));
  for (let n = most; n > 1; n--) if (items % n === 0) return n;
  return 1;
}
