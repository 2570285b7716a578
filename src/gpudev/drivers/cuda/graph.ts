import { fail } from '../../../errors.js';
import type { Address } from '../../../memory/native.js';
import { type GraphNode, KERNEL_ARGS } from '../../driver.js';
import type { CudaHandle, CudaNative } from './native.js';

const call = 'createGraph';

/** How a graph's nodes find what they name. */
export interface GraphParts {
  readonly context: CudaHandle;
  kernel(id: number): { handle: CudaHandle; threads: number };
  /** Whether an address is registered host memory. */
  isHost(address: Address): boolean;
}

/** Adds the nodes to a graph of CUDA's, each after those it waits for. Throws as CUDA does. */
export function addNodes(
  native: CudaNative,
  graph: CudaHandle,
  nodes: readonly GraphNode[],
  parts: GraphParts,
): void {
  const made: CudaHandle[] = [];
  for (const i of inOrder(nodes)) {
    const before = Float64Array.from(new Set(nodes[i].after), (n) => made[n]);
    made[i] = addNode(native, graph, before, nodes[i], parts);
  }
}

function addNode(
  native: CudaNative,
  graph: CudaHandle,
  before: Float64Array,
  node: GraphNode,
  { context, kernel, isHost }: GraphParts,
): CudaHandle {
  switch (node.type) {
    case 'kernel': {
      const { handle, threads } = kernel(node.kernel);
      const { blocks, args } = node;
      if (args.length > KERNEL_ARGS) {
        const reason = `a kernel takes ${KERNEL_ARGS} arguments, not ${args.length}`;
        fail('GPU_ARGUMENT', { call, reason });
      }
      return native.graphKernel(graph, before, handle, blocks, threads, Float64Array.from(args));
    }
    case 'wait':
      return native.graphWait(graph, before, context, node.address, node.value, node.compare);
    case 'write':
      return native.graphWrite(graph, before, context, node.address, node.value);
    case 'copy':
      // Seen on an H200: with such a node behind a wait, cuGraphLaunch does not return until the
      // wait is over.
      if (isHost(node.from) && isHost(node.to))
        fail('GPU_ARGUMENT', { call, reason: 'CUDA copies from host to host on the CPU' });
      return native.graphCopy(graph, before, context, node.to, node.from, node.bytes);
    default:
      fail('GPU_ARGUMENT', { call, reason: `there is no node type ${(node as GraphNode).type}` });
  }
}

/** The nodes' numbers, each behind those it comes after. GPU_ARGUMENT where that cannot be. */
function inOrder(nodes: readonly GraphNode[]): number[] {
  const order: number[] = [];
  const placed = new Set<number>();
  for (const [i, { after }] of nodes.entries())
    for (const before of after)
      if (nodes[before] === undefined) {
        const reason = `node ${i} comes after node ${before}, which there is not`;
        fail('GPU_ARGUMENT', { call, reason });
      }
  for (let left = nodes.map((_, i) => i); left.length > 0; ) {
    const rest: number[] = [];
    for (const i of left) {
      if (nodes[i].after.every((before) => placed.has(before))) {
        order.push(i);
        placed.add(i);
      } else rest.push(i);
    }
    if (rest.length === left.length)
      fail('GPU_ARGUMENT', { call, reason: `node ${rest[0]} is in a cycle or behind one` });
    left = rest;
  }
  return order;
}
