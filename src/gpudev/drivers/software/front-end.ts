import { native } from '../../../memory/native.js';
import { type AddressSpace, CachedMemory } from './address-space.js';
import { wakeSome } from './bell.js';
import { type Board, STREAM_END, STREAMS_MAX } from './board.js';
import { copyOn } from './copy.js';
import { reachEvent } from './event-table.js';
import { GraphRunner, type Step } from './graph.js';
import type { LaunchTable } from './launch-table.js';
import {
  BEGUN,
  BYTES,
  DONE,
  FRESH,
  FROM,
  KIND,
  Kind,
  LAUNCH,
  PHASE,
  SUBJECT,
  satisfies,
  TO,
  VALUE,
} from './operation.js';
import { type StreamRings, slotAt } from './stream-ring.js';

/** By kind of operation. */
const CALLS = ['launch', 'waitValue', 'writeValue', 'copy', 'recordEvent', 'launchGraph'];
/** Operations a stream may finish before the others have their turn. */
const TURN = 64;

/**
 * What a GPU's command processor does: moves every stream on, one operation after the other, and
 * the branches of graphs side by side. One multiprocessor at a time has this role, and everything
 * it must remember is on the board, so that another takes over while this one runs a long kernel.
 */
export class FrontEnd {
  /** Operations begun or waited for when it last looked: work that may come on by itself. */
  open = 0;

  private readonly words: Int32Array;
  private readonly doubles: Float64Array;
  private readonly graphs: GraphRunner;
  private readonly memories: CachedMemory[] = [];
  private readonly step: Step;
  /** Of the stream that is being looked at: its memory, and whether its operation came on. */
  private memory: CachedMemory;
  private moved = false;
  private spare = 0;
  private at = 0;
  /** Sum of all tails at the last look. */
  private tails = 0;

  constructor(
    private readonly board: Board,
    private readonly rings: StreamRings,
    private readonly launches: LaunchTable,
    space: AddressSpace,
  ) {
    this.words = board.words;
    this.doubles = board.doubles;
    this.graphs = new GraphRunner(board);
    for (let i = 0; i < STREAMS_MAX; i++) this.memories.push(new CachedMemory(space));
    this.memory = this.memories[0];
    this.step = (at) => this.run(at);
  }

  /**
   * One look at every stream; true when something moved. Throws what becomes a fault. `spare`
   * blocks of what is launched now will be run here, so that nobody need be woken for them.
   */
  advance(spare: number): boolean {
    let moved = false;
    let open = 0;
    this.spare = spare;
    let tails = 0;
    const end = Atomics.load(this.words, STREAM_END);
    for (let stream = 0; stream < end; stream++) {
      const tail = this.rings.tail(stream);
      tails = (tails + tail) | 0;
      const first = this.rings.head(stream);
      if (first === tail) continue;
      this.memory = this.memories[stream];
      this.moved = false;
      let head = first;
      for (let turn = 0; turn < TURN && head !== tail && this.run(slotAt(stream, head)); turn++) {
        head = (head + 1) | 0;
        // At once, not after the turn: who sees the word just written may ask `idle` next.
        this.rings.advance(stream, head);
      }
      if (head !== tail) open += this.openIn(slotAt(stream, head));
      if (this.moved || head !== first) moved = true;
    }
    this.open = open;
    this.tails = tails;
    return moved;
  }

  /** Whether anything was submitted since `advance` looked. */
  hasNews(): boolean {
    let tails = 0;
    const end = Atomics.load(this.words, STREAM_END);
    for (let stream = 0; stream < end; stream++) tails = (tails + this.rings.tail(stream)) | 0;
    return tails !== this.tails;
  }

  /** The call that submitted what ran last: a fault's message begins with it. */
  get call(): string {
    return CALLS[this.words[this.at + KIND]];
  }

  /** Streams with work: what a sleeper looks at once more after it lay down. */
  busyStreams(): number {
    let busy = 0;
    const end = Atomics.load(this.words, STREAM_END);
    for (let stream = 0; stream < end; stream++) if (!this.rings.idle(stream)) busy++;
    return busy;
  }

  private openIn(at: number): number {
    const { words } = this;
    if (words[at + KIND] !== Kind.GRAPH || words[at + PHASE] === FRESH) return 1;
    return this.graphs.running(words[at + SUBJECT]);
  }

  /** Lets an operation run a little: true when it is over. */
  private run(at: number): boolean {
    const { words } = this;
    this.at = at;
    switch (words[at + KIND]) {
      case Kind.KERNEL:
        return this.kernel(at);
      case Kind.WAIT:
        return satisfies(this.load(at), words[at + VALUE], words[at + SUBJECT]);
      case Kind.WRITE:
        this.store(at, words[at + VALUE]);
        return true;
      case Kind.COPY:
        return this.copy(at);
      case Kind.EVENT:
        reachEvent(this.board, words[at + SUBJECT], native.tsc());
        return true;
      default:
        return this.graph(at);
    }
  }

  private kernel(at: number): boolean {
    const { words, launches } = this;
    if (words[at + PHASE] === FRESH) {
      const launch = launches.begin(at);
      if (launch < 0) return false;
      words[at + LAUNCH] = launch;
      words[at + PHASE] = BEGUN;
      this.moved = true;
      this.launched(words[at + VALUE]);
      return false;
    }
    if (!launches.finished(words[at + LAUNCH])) return false;
    launches.end(words[at + LAUNCH]);
    return true;
  }

  private launched(blocks: number): void {
    const others = blocks - this.spare;
    this.spare = 0;
    if (others > 0) wakeSome(this.board, others);
  }

  private load(at: number): number {
    const address = this.doubles[at / 2 + TO];
    const span = this.memory.span(address, 4);
    return Atomics.load(span.window.i32, (address - span.address) >>> 2);
  }

  private store(at: number, value: number): void {
    const address = this.doubles[at / 2 + TO];
    const span = this.memory.span(address, 4);
    Atomics.store(span.window.i32, (address - span.address) >>> 2, value);
  }

  private copy(at: number): boolean {
    const first = at / 2;
    const to = this.doubles[first + TO];
    const from = this.doubles[first + FROM];
    const bytes = this.doubles[first + BYTES];
    if (bytes === 0) return true;
    const target = this.memory.span(to, bytes);
    const source = this.memory.span(from, bytes);
    const done = copyOn(target, to, source, from, bytes, this.doubles[first + DONE]);
    this.doubles[first + DONE] = done;
    this.moved = true;
    return done === bytes;
  }

  private graph(at: number): boolean {
    const { words, graphs } = this;
    const graph = words[at + SUBJECT];
    if (words[at + PHASE] === FRESH) {
      if (!graphs.begin(graph)) return false;
      words[at + PHASE] = BEGUN;
    }
    if (graphs.advance(graph, this.step) > 0) this.moved = true;
    return graphs.finished(graph);
  }
}
