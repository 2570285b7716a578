import { fail } from '../../../errors.js';
import { native } from '../../../memory/native.js';
import { type Board, EVENTS, EVENTS_MAX } from './board.js';
import { isIndex } from './checks.js';

/*
 * An event, 16 bytes:  STATE │ PENDING │ ticks, a double
 *   PENDING counts records submitted and not reached; ticks 0: never reached
 */
const EVENT_WORDS = 4;
const STATE = 0;
const PENDING = 1;
const TICKS = 1;

function eventAt(event: number): number {
  return EVENTS + event * EVENT_WORDS;
}

/**
 * Events, and the clock they are read with: the CPU's time stamp counter, which costs a
 * multiprocessor one call and no garbage. Its rate is measured against the system's clock since the
 * device opened.
 */
export class EventTable {
  private readonly opened = { ticks: native.tsc(), ms: performance.now() };

  constructor(private readonly board: Board) {}

  create(): number {
    const { words, doubles } = this.board;
    for (let event = 0; event < EVENTS_MAX; event++) {
      const at = eventAt(event);
      if (words[at + STATE] !== 0 || Atomics.load(words, at + PENDING) !== 0) continue;
      doubles[at / 2 + TICKS] = 0;
      Atomics.store(words, at + STATE, 1);
      return event;
    }
    return fail('GPU_OUT_OF_RESOURCES', { what: 'events', limit: EVENTS_MAX });
  }

  destroy(event: number): void {
    Atomics.store(this.board.words, eventAt(event) + STATE, 0);
  }

  elapsed(from: number, to: number): number {
    return (this.ticks(to) - this.ticks(from)) / this.ticksPerMs();
  }

  private ticks(event: number): number {
    const at = eventAt(event);
    if (Atomics.load(this.board.words, at + PENDING) !== 0) return Number.NaN;
    return this.board.doubles[at / 2 + TICKS] || Number.NaN;
  }

  private ticksPerMs(): number {
    // A rate from less than ten milliseconds would be off by more than a thousandth.
    let ms = performance.now() - this.opened.ms;
    for (; ms < 10; ms = performance.now() - this.opened.ms) native.lcoreYield();
    return (native.tsc() - this.opened.ticks) / ms;
  }
}

export function eventExists(board: Board, event: number): boolean {
  return isIndex(event, EVENTS_MAX) && Atomics.load(board.words, eventAt(event) + STATE) === 1;
}

/** Submitter: a record is on its way. */
export function expectEvent(board: Board, event: number): void {
  Atomics.add(board.words, eventAt(event) + PENDING, 1);
}

/** Front end: the stream has come to the record. */
export function reachEvent(board: Board, event: number, ticks: number): void {
  board.doubles[eventAt(event) / 2 + TICKS] = ticks;
  Atomics.sub(board.words, eventAt(event) + PENDING, 1);
}
