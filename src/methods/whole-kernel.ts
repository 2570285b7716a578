import type { CommList } from '../gpudev/comm-list.js';
import { ITEM_BYTES, Status } from '../gpudev/comm-list-layout.js';
import { Compare, type Gpu, type GraphNode, KERNEL_ARGS, type KernelId } from '../gpudev/driver.js';
import type { Kernel } from '../kernels/kernel.js';
import type { Posted, Work } from './method.js';

/*
 * Whole gpudev kernels (a Kernel of the form `item`), unmodified from programs of their own.
 *
 *   an item   wait READY (stream, graph) ─► write READY' ─► kernel(&list[item]) ─► write DONE
 *             one block of threads; `launch` and `serial` know that the item is READY
 *   the list  kernel(list, items, exit word), once, one block: it polls the items itself
 *
 * Some kernels mark their item DONE, others leave that to the program that launched them. The write
 * after the kernel does it for both; but it comes a little later than the kernel's own, and by then
 * the item may be free and filled again. So a kernel launched for one item finds a status word of
 * its own where the list points to one (READY'), which nobody looks at.
 */

/** Gives the items those words of their own; nothing for a kernel that warpline wraps. */
export function ownStatusWords(gpu: Gpu, kernel: Kernel, list: CommList): { ownStatus?: number } {
  if (kernel.form !== 'item') return {};
  const ownStatus = gpu.allocate(list.items * 4);
  for (let item = 0; item < list.items; item++) list.pointStatus(item, ownStatus + 4 * item);
  return { ownStatus };
}

/** A graph of `count` items' work from item `first` on, side by side. */
export function wholeNodes(
  list: CommList,
  first: number,
  count: number,
  work: { kernel: KernelId; ownStatus: number },
): GraphNode[] {
  const items = Array.from({ length: count }, (_, n) => first + n);
  return items.flatMap((item, n) => itemNodes(list, item, work, n * NODES_AN_ITEM));
}

const NODES_AN_ITEM = 4;

/** The nodes of one item's work, from number `at` of the graph on. */
function itemNodes(
  list: CommList,
  item: number,
  { kernel, ownStatus }: { kernel: KernelId; ownStatus: number },
  at: number,
): GraphNode[] {
  const address = list.statusAddress(item);
  const own = ownStatus + 4 * item;
  const args = [list.deviceAddress + item * ITEM_BYTES];
  return [
    { type: 'wait', after: [], address, value: Status.READY, compare: Compare.EQ },
    { type: 'write', after: [at], address: own, value: Status.READY },
    { type: 'kernel', after: [at + 1], kernel, blocks: 1, args },
    { type: 'write', after: [at + 2], address, value: Status.DONE },
  ];
}

/** Arguments of a kernel that polls the list: those it does not take are not passed. */
export function wholeListArgs(list: CommList, exitWord: number): number[] {
  return [list.deviceAddress, list.items, exitWord];
}

/** A whole kernel in the lcore that launches it, item by item. */
export class WholeKernel {
  private readonly args = new Float64Array(KERNEL_ARGS);
  private readonly list: CommList;
  private readonly kernel: KernelId;
  private readonly ownStatus: number;

  private constructor(
    private readonly gpu: Gpu,
    list: CommList,
    posted: Posted,
  ) {
    this.list = list;
    this.kernel = posted.kernel as number;
    this.ownStatus = posted.ownStatus as number;
  }

  /** Undefined where the path's kernel is one that warpline wraps. */
  static of({ gpu, path, posted }: Work): WholeKernel | undefined {
    return posted.ownStatus === undefined ? undefined : new WholeKernel(gpu, path.list, posted);
  }

  /** ▸ Posts the work of `count` items from `first` on, round the list. */
  post(stream: number, first: number, count: number, wait: boolean): void {
    const { gpu, list, kernel, args, ownStatus } = this;
    for (let n = 0; n < count; n++) {
      const item = (first + n) % list.items;
      const status = list.statusAddress(item);
      if (wait) gpu.waitValue(stream, status, Status.READY, Compare.EQ);
      gpu.writeValue(stream, ownStatus + 4 * item, Status.READY);
      args[0] = list.deviceAddress + item * ITEM_BYTES;
      gpu.launch(stream, kernel, 1, args);
      gpu.writeValue(stream, status, Status.DONE);
    }
  }
}
