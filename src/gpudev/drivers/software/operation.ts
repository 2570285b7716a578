import type { Address } from '../../../memory/native.js';
import { Compare, KERNEL_ARGS } from '../../driver.js';
import type { Board } from './board.js';

/**
 * One piece of work: a slot of a stream's ring, or a node of a graph. 128 bytes, at word `at`:
 *
 *   words    0 kind │ 1 subject │ 2 value │ 3 phase │ 4 launch │ 5-7 –
 *   doubles  4 to, address │ 5 from │ 6 bytes │ 7 done
 *   doubles  8-15 kernel arguments
 *
 * `subject` is the kernel, graph, event or comparison; `value` the blocks, or the word to compare
 * or store. Who submits fills it in; `phase`, `launch` and `done` are the front end's notes while
 * it runs.
 */
export const OPERATION_WORDS = 32;
export const KIND = 0;
export const SUBJECT = 1;
export const VALUE = 2;
export const PHASE = 3;
export const LAUNCH = 4;
/** Of the doubles, counted from `at / 2`. */
export const TO = 4;
export const FROM = 5;
export const BYTES = 6;
export const DONE = 7;
export const ARGS = 8;

export const Kind = { KERNEL: 0, WAIT: 1, WRITE: 2, COPY: 3, EVENT: 4, GRAPH: 5 } as const;

/** Phases: not begun; begun. */
export const FRESH = 0;
export const BEGUN = 1;

function put(board: Board, at: number, kind: number, subject: number, value: number): void {
  const words = board.words;
  words[at + KIND] = kind;
  words[at + SUBJECT] = subject;
  words[at + VALUE] = value;
  words[at + PHASE] = FRESH;
}

export function putKernel(
  board: Board,
  at: number,
  kernel: number,
  blocks: number,
  args: ArrayLike<number>,
): void {
  put(board, at, Kind.KERNEL, kernel, blocks);
  const first = at / 2 + ARGS;
  const given = args.length;
  for (let i = 0; i < KERNEL_ARGS; i++) board.doubles[first + i] = i < given ? args[i] : 0;
}

export function putWait(
  board: Board,
  at: number,
  address: Address,
  value: number,
  compare: Compare,
): void {
  put(board, at, Kind.WAIT, compare, value);
  board.doubles[at / 2 + TO] = address;
}

export function putWrite(board: Board, at: number, address: Address, value: number): void {
  put(board, at, Kind.WRITE, 0, value);
  board.doubles[at / 2 + TO] = address;
}

export function putCopy(board: Board, at: number, to: Address, from: Address, bytes: number): void {
  put(board, at, Kind.COPY, 0, 0);
  const first = at / 2;
  board.doubles[first + TO] = to;
  board.doubles[first + FROM] = from;
  board.doubles[first + BYTES] = bytes;
  board.doubles[first + DONE] = 0;
}

/** An event to record, or a graph to run. */
export function putSubject(board: Board, at: number, kind: number, subject: number): void {
  put(board, at, kind, subject, 0);
}

/** Whether a word satisfies a wait, as cuStreamWaitValue32 compares (CUDA driver API, 6.19). */
export function satisfies(word: number, value: number, compare: number): boolean {
  switch (compare) {
    case Compare.GEQ:
      return ((word - value) | 0) >= 0;
    case Compare.EQ:
      return (word | 0) === (value | 0);
    case Compare.AND:
      return (word & value) !== 0;
    default:
      return ~(word | value) !== 0;
  }
}
