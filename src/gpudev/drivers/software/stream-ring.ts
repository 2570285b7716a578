import { fail } from '../../../errors.js';
import { native } from '../../../memory/native.js';
import { wakeSome } from './bell.js';
import {
  type Board,
  LINE,
  RING_SLOTS,
  RINGS,
  ROLE,
  STREAM_END,
  STREAMS,
  STREAMS_MAX,
} from './board.js';
import { isIndex } from './checks.js';
import { mustLive } from './fault.js';
import { OPERATION_WORDS } from './operation.js';

/*
 * A stream is a ring of operations with one submitter and one consumer:
 *
 *   line 0  TAIL │ STATE     operations submitted: the submitter's line
 *   line 1  HEAD │ WAITERS   operations done: the front end's line; threads asleep until it moves
 *
 *   slot of operation n: RINGS + (stream * RING_SLOTS + n mod RING_SLOTS) * OPERATION_WORDS
 *
 * TAIL and HEAD count up for ever, modulo 2^32, also when a stream's place is used again.
 */
const STREAM_WORDS = 2 * LINE;
const TAIL = 0;
const STATE = 1;
const HEAD = LINE;
const WAITERS = LINE + 1;

const FREE = 0;
const LIVE = 1;
/** Destroyed, but its work goes on until it is done, as with cuStreamDestroy. */
const DYING = 2;

// A waiting thread spins while an answer within microseconds is likely, then lets others run, then
// sleeps; it looks up every millisecond, because the device may be lost meanwhile.
const SPINS = 100;
const YIELDS = 100;
const NAP_MS = 1;

function streamAt(stream: number): number {
  return STREAMS + stream * STREAM_WORDS;
}

/** A thread's hold on the streams' rings. */
export class StreamRings {
  private readonly words: Int32Array;
  /** HEAD of each stream when this thread last looked: enough while there is room. */
  private readonly heads = new Int32Array(STREAMS_MAX);

  constructor(private readonly board: Board) {
    this.words = board.words;
  }

  create(): number {
    for (let stream = 0; stream < STREAMS_MAX; stream++) {
      const state = Atomics.load(this.words, streamAt(stream) + STATE);
      if (state === LIVE || (state === DYING && !this.idle(stream))) continue;
      Atomics.store(this.words, streamAt(stream) + STATE, LIVE);
      const end = Atomics.load(this.words, STREAM_END);
      Atomics.store(this.words, STREAM_END, Math.max(end, stream + 1));
      return stream;
    }
    return fail('GPU_OUT_OF_RESOURCES', { what: 'streams', limit: STREAMS_MAX });
  }

  destroy(stream: number): void {
    Atomics.store(this.words, streamAt(stream) + STATE, this.idle(stream) ? FREE : DYING);
  }

  exists(stream: number): boolean {
    return (
      isIndex(stream, STREAMS_MAX) && Atomics.load(this.words, streamAt(stream) + STATE) === LIVE
    );
  }

  /** Where the next operation of the stream goes; waits for room, as CUDA does. */
  slot(stream: number, call: string): number {
    const tail = this.words[streamAt(stream) + TAIL];
    if ((tail - this.heads[stream]) >>> 0 >= RING_SLOTS) {
      this.awaitHead(stream, (tail - RING_SLOTS + 1) | 0, call);
      this.heads[stream] = this.head(stream);
    }
    return slotAt(stream, tail);
  }

  /**
   * Submits the operation written to `slot`. Rings only when no multiprocessor is the front end.
   */
  publish(stream: number): void {
    const at = streamAt(stream) + TAIL;
    Atomics.store(this.words, at, (this.words[at] + 1) | 0);
    if (Atomics.load(this.words, ROLE) === 0) wakeSome(this.board, 1);
  }

  idle(stream: number): boolean {
    return this.head(stream) === this.tail(stream);
  }

  head(stream: number): number {
    return Atomics.load(this.words, streamAt(stream) + HEAD);
  }

  tail(stream: number): number {
    return Atomics.load(this.words, streamAt(stream) + TAIL);
  }

  /** Front end: that many operations are done. */
  advance(stream: number, head: number): void {
    const at = streamAt(stream);
    Atomics.store(this.words, at + HEAD, head);
    if (Atomics.load(this.words, at + WAITERS) !== 0) Atomics.notify(this.words, at + HEAD);
  }

  /**
   * Blocks this thread until HEAD has come to `target`; throws when the device is lost. False when
   * it has not come there in `limitMs`.
   */
  awaitHead(stream: number, target: number, call: string, limitMs = Infinity): boolean {
    const end = performance.now() + limitMs;
    for (let round = 0; ((this.head(stream) - target) | 0) < 0; round++) {
      if (round < SPINS) continue;
      mustLive(this.board, call);
      if (performance.now() > end) return false;
      if (round < SPINS + YIELDS) native.lcoreYield();
      else this.nap(stream, target);
    }
    return true;
  }

  private nap(stream: number, target: number): void {
    const at = streamAt(stream);
    Atomics.add(this.words, at + WAITERS, 1);
    const head = this.head(stream);
    if (((head - target) | 0) < 0) Atomics.wait(this.words, at + HEAD, head, NAP_MS);
    Atomics.sub(this.words, at + WAITERS, 1);
  }
}

export function slotAt(stream: number, operation: number): number {
  return RINGS + (stream * RING_SLOTS + (operation & (RING_SLOTS - 1))) * OPERATION_WORDS;
}
