import { ASLEEP, BELL, type Board, processorLine } from './board.js';

/**
 * How multiprocessors sleep and are woken. A sleeper shows its bit in ASLEEP first, looks once more
 * for work, then waits on its bell word; whoever leaves work stores it first and looks at ASLEEP
 * second. Atomics are sequentially consistent, so one of the two sees the other (Dekker).
 */

/** Shows that this multiprocessor is about to sleep; returns the ticket for `sleep`. */
export function lieDown(board: Board, processor: number): number {
  const ticket = Atomics.load(board.words, processorLine(processor) + BELL);
  Atomics.or(board.words, ASLEEP, 1 << processor);
  return ticket;
}

/** Sleeps until woken or until the time is over; returns at once if woken since `lieDown`. */
export function sleep(board: Board, processor: number, ticket: number, milliseconds: number): void {
  Atomics.wait(board.words, processorLine(processor) + BELL, ticket, milliseconds);
}

export function getUp(board: Board, processor: number): void {
  Atomics.and(board.words, ASLEEP, ~(1 << processor));
}

/** Wakes one multiprocessor if it sleeps. */
export function wake(board: Board, processor: number): boolean {
  const bit = 1 << processor;
  // Whoever clears the bit rings: several threads may find the same sleeper.
  if ((Atomics.and(board.words, ASLEEP, ~bit) & bit) === 0) return false;
  const bell = processorLine(processor) + BELL;
  Atomics.add(board.words, bell, 1);
  Atomics.notify(board.words, bell, 1);
  return true;
}

/** Wakes as many sleepers as `count`, the lowest numbers first. */
export function wakeSome(board: Board, count: number): void {
  let asleep = Atomics.load(board.words, ASLEEP);
  for (let left = count; left > 0 && asleep !== 0; ) {
    const processor = 31 - Math.clz32(asleep & -asleep);
    if (wake(board, processor)) left--;
    asleep &= ~(1 << processor);
  }
}
