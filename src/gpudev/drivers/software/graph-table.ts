import { fail } from '../../../errors.js';
import { type GraphNode, KERNEL_ARGS } from '../../driver.js';
import { type Board, GRAPHS_MAX, LINE, POOL, POOL_WORDS } from './board.js';
import { checkBlocks, checkBytes, checkCompare, checkWord, isIndex } from './checks.js';
import { FreeList } from './free-list.js';
import {
  EDGE_COUNT,
  EDGES,
  FIRST,
  graphAt,
  LAUNCHES,
  NEEDS,
  NODE_WORDS,
  NODES,
  STATE,
} from './graph.js';
import { putCopy, putKernel, putWait, putWrite } from './operation.js';

const FREE = 0;
const LIVE = 1;
/** Destroyed, but launches of it are still to finish, as with cuGraphExecDestroy. */
const DYING = 2;

const call = 'createGraph';

/** The graphs as the thread that opened the GPU makes and destroys them. */
export class GraphTable {
  private readonly pool = new FreeList(POOL_WORDS);

  constructor(private readonly board: Board) {}

  create(nodes: readonly GraphNode[], kernelExists: (kernel: number) => boolean): number {
    const { words } = this.board;
    const followers = order(nodes);
    for (const node of nodes) checkNode(node, kernelExists);
    const graph = this.place();
    const edges = followers.reduce((sum, list) => sum + list.length, 0);
    // Edges lie behind the nodes. Never nothing: an empty graph has a place to give back too.
    const length = Math.max(LINE, nodes.length * NODE_WORDS + edges);
    const offset = this.pool.take(length, LINE);
    if (offset === undefined) {
      return fail('GPU_OUT_OF_RESOURCES', { what: 'words for graphs', limit: POOL_WORDS });
    }
    const first = POOL + offset;
    const at = graphAt(graph);
    words[at + FIRST] = first;
    words[at + NODES] = nodes.length;
    let edge = first + nodes.length * NODE_WORDS;
    nodes.forEach((node, i) => {
      const to = first + i * NODE_WORDS;
      putNode(this.board, to, node);
      words[to + NEEDS] = new Set(node.after).size;
      words[to + EDGES] = edge;
      words[to + EDGE_COUNT] = followers[i].length;
      for (const follower of followers[i]) words[edge++] = follower;
    });
    Atomics.store(words, at + LAUNCHES, 0);
    Atomics.store(words, at + STATE, LIVE);
    return graph;
  }

  destroy(graph: number): void {
    Atomics.store(this.board.words, graphAt(graph) + STATE, DYING);
  }

  // A free place; those of destroyed graphs whose launches are over become free here.
  private place(): number {
    const { words } = this.board;
    for (let graph = 0; graph < GRAPHS_MAX; graph++) {
      const at = graphAt(graph);
      const state = Atomics.load(words, at + STATE);
      if (state === FREE) return graph;
      if (state !== DYING || Atomics.load(words, at + LAUNCHES) !== 0) continue;
      this.pool.give(words[at + FIRST] - POOL);
      Atomics.store(words, at + STATE, FREE);
      return graph;
    }
    return fail('GPU_OUT_OF_RESOURCES', { what: 'graphs', limit: GRAPHS_MAX });
  }
}

export function graphExists(board: Board, graph: number): boolean {
  return isIndex(graph, GRAPHS_MAX) && Atomics.load(board.words, graphAt(graph) + STATE) === LIVE;
}

/** Who follows each node; refuses nodes that wait for themselves, directly or round about. */
function order(nodes: readonly GraphNode[]): number[][] {
  const followers = nodes.map((): number[] => []);
  const needs = nodes.map((node) => new Set(node.after).size);
  nodes.forEach((node, i) => {
    for (const before of new Set(node.after)) {
      if (followers[before] === undefined) {
        const reason = `node ${i} comes after node ${before}, which there is not`;
        fail('GPU_ARGUMENT', { call, reason });
      }
      followers[before].push(i);
    }
  });
  const ready = needs.flatMap((n, i) => (n === 0 ? [i] : []));
  for (const node of ready) {
    for (const follower of followers[node]) if (--needs[follower] === 0) ready.push(follower);
  }
  if (ready.length < nodes.length) {
    const stuck = needs.findIndex((n) => n > 0);
    fail('GPU_ARGUMENT', { call, reason: `node ${stuck} is in a cycle or behind one` });
  }
  return followers;
}

/** What the node's own call on a stream would refuse is refused when the graph is made. */
function checkNode(node: GraphNode, kernelExists: (kernel: number) => boolean): void {
  switch (node.type) {
    case 'kernel':
      if (!kernelExists(node.kernel)) {
        fail('GPU_ARGUMENT', { call, reason: `there is no kernel ${node.kernel}` });
      }
      checkBlocks(call, node.blocks);
      if (node.args.length > KERNEL_ARGS) {
        const reason = `a kernel takes ${KERNEL_ARGS} arguments, not ${node.args.length}`;
        fail('GPU_ARGUMENT', { call, reason });
      }
      return;
    case 'copy':
      checkBytes(call, node.bytes);
      return;
    case 'wait':
      checkWord(call, node.address);
      checkCompare(call, node.compare);
      return;
    case 'write':
      checkWord(call, node.address);
      return;
    default:
      fail('GPU_ARGUMENT', { call, reason: `there is no node type ${(node as GraphNode).type}` });
  }
}

function putNode(board: Board, at: number, node: GraphNode): void {
  switch (node.type) {
    case 'kernel':
      putKernel(board, at, node.kernel, node.blocks, node.args);
      break;
    case 'wait':
      putWait(board, at, node.address, node.value, node.compare);
      break;
    case 'write':
      putWrite(board, at, node.address, node.value);
      break;
    case 'copy':
      putCopy(board, at, node.to, node.from, node.bytes);
  }
}
