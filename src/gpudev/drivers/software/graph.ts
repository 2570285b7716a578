import { type Board, GRAPHS, LINE } from './board.js';
import { DONE, FRESH, OPERATION_WORDS, PHASE } from './operation.js';

/*
 * A graph, one line:   STATE │ LAUNCHES │ RUNNING │ FIRST │ NODES │ LEFT │ OPEN
 *   LAUNCHES  submitted and not finished   RUNNING  1 while a stream runs it
 *   FIRST     word where its nodes begin   LEFT     nodes not finished
 *   OPEN      nodes that may run now
 *
 * Its nodes lie together in the pool, each an operation and what it needs to know of the others:
 *   operation, 32 words │ NEEDS │ PENDING │ EDGES │ EDGE_COUNT │ OPEN_NODE │ – to 48 words
 *   NEEDS nodes must finish first, PENDING of them have not; EDGE_COUNT nodes wait for this one,
 *   their numbers from word EDGES on (behind the nodes); OPEN_NODE of node k: the k-th open node.
 */
export const STATE = 0;
export const LAUNCHES = 1;
const RUNNING = 2;
export const FIRST = 3;
export const NODES = 4;
const LEFT = 5;
const OPEN = 6;

export const NODE_WORDS = 3 * LINE;
export const NEEDS = OPERATION_WORDS;
const PENDING = OPERATION_WORDS + 1;
export const EDGES = OPERATION_WORDS + 2;
export const EDGE_COUNT = OPERATION_WORDS + 3;
const OPEN_NODE = OPERATION_WORDS + 4;

export function graphAt(graph: number): number {
  return GRAPHS + graph * LINE;
}

/** Runs one operation a little: true when it is done. */
export type Step = (at: number) => boolean;

/** Graphs as the front end runs them. All state is on the board: another may go on with it. */
export class GraphRunner {
  private readonly words: Int32Array;
  private readonly doubles: Float64Array;

  constructor(board: Board) {
    this.words = board.words;
    this.doubles = board.doubles;
  }

  /** False while the graph still runs for another launch. */
  begin(graph: number): boolean {
    const { words } = this;
    const at = graphAt(graph);
    if (words[at + RUNNING] !== 0) return false;
    words[at + RUNNING] = 1;
    words[at + LEFT] = words[at + NODES];
    words[at + OPEN] = 0;
    for (let i = 0; i < words[at + NODES]; i++) {
      const node = words[at + FIRST] + i * NODE_WORDS;
      words[node + PHASE] = FRESH;
      this.doubles[node / 2 + DONE] = 0;
      words[node + PENDING] = words[node + NEEDS];
      if (words[node + NEEDS] === 0) this.open(at, i);
    }
    return true;
  }

  /** Lets every open node run a little; returns how many finished. */
  advance(graph: number, step: Step): number {
    const { words } = this;
    const at = graphAt(graph);
    const first = words[at + FIRST];
    let finished = 0;
    for (let k = 0; k < words[at + OPEN]; ) {
      const node = first + words[first + k * NODE_WORDS + OPEN_NODE] * NODE_WORDS;
      if (!step(node)) {
        k++;
        continue;
      }
      finished++;
      // The last open node takes its place, and is looked at next.
      const last = --words[at + OPEN];
      words[first + k * NODE_WORDS + OPEN_NODE] = words[first + last * NODE_WORDS + OPEN_NODE];
      this.release(at, node);
    }
    words[at + LEFT] -= finished;
    return finished;
  }

  /** Nodes that run at the moment. */
  running(graph: number): number {
    return this.words[graphAt(graph) + OPEN];
  }

  /** Whether the run is over; the graph may then be launched again. */
  finished(graph: number): boolean {
    const at = graphAt(graph);
    if (this.words[at + LEFT] !== 0) return false;
    this.words[at + RUNNING] = 0;
    Atomics.sub(this.words, at + LAUNCHES, 1);
    return true;
  }

  private release(at: number, node: number): void {
    const { words } = this;
    const first = words[at + FIRST];
    const edges = words[node + EDGES];
    for (let e = edges; e < edges + words[node + EDGE_COUNT]; e++) {
      const follower = words[e];
      if (--words[first + follower * NODE_WORDS + PENDING] === 0) this.open(at, follower);
    }
  }

  private open(at: number, node: number): void {
    const { words } = this;
    const k = words[at + OPEN]++;
    words[words[at + FIRST] + k * NODE_WORDS + OPEN_NODE] = node;
  }
}
