import { KERNEL_ARGS } from '../../driver.js';
import { type Board, DISPATCH, LAUNCHES, LAUNCHES_MAX, LINE } from './board.js';
import { ARGS, SUBJECT, VALUE } from './operation.js';

/*
 * A launch whose blocks are being run, 4 lines:
 *   line 0  KERNEL │ BLOCKS             the front end's, fixed while the launch lives
 *   line 1  arguments, 8 doubles
 *   line 2  LEFT      blocks nobody took yet, counted down by the multiprocessors
 *   line 3  FINISHED  blocks that ended, counted up by them
 */
const LAUNCH_WORDS = 4 * LINE;
const KERNEL = 0;
const BLOCKS = 1;
const LAUNCH_ARGS = LINE;
const LEFT = 2 * LINE;
const FINISHED = 3 * LINE;

/*
 * Dispatch, a ring of launches in the order in which their blocks are to be placed:
 *   line 0 HEAD │ line 1 TAIL │ line 2 FREE_COUNT │ free launches │ ring, twice as long
 * Twice is enough: behind the head, which has blocks left, everything in the ring lives still, but
 * for what a slow multiprocessor took out of turn.
 */
const HEAD = DISPATCH;
const TAIL = DISPATCH + LINE;
const FREE_COUNT = DISPATCH + 2 * LINE;
const FREE = DISPATCH + 3 * LINE;
const RING = FREE + LAUNCHES_MAX;
const RING_SIZE = 2 * LAUNCHES_MAX;

function launchAt(launch: number): number {
  return LAUNCHES + launch * LAUNCH_WORDS;
}

/** The launches that run. The front end begins and ends them; multiprocessors take their blocks. */
export class LaunchTable {
  private readonly words: Int32Array;

  constructor(private readonly board: Board) {
    this.words = board.words;
  }

  /** Once, by who makes the board. */
  reset(): void {
    for (let i = 0; i < LAUNCHES_MAX; i++) this.words[FREE + i] = LAUNCHES_MAX - 1 - i;
    Atomics.store(this.words, FREE_COUNT, LAUNCHES_MAX);
  }

  /** Front end: puts a kernel operation's blocks up for taking. -1 when the table is full. */
  begin(at: number): number {
    const { words } = this;
    const tail = Atomics.load(words, TAIL);
    if (words[FREE_COUNT] === 0) return -1;
    const launch = words[FREE + --words[FREE_COUNT]];
    const to = launchAt(launch);
    words[to + KERNEL] = words[at + SUBJECT];
    words[to + BLOCKS] = words[at + VALUE];
    const args = (to + LAUNCH_ARGS) / 2;
    const from = at / 2 + ARGS;
    for (let i = 0; i < KERNEL_ARGS; i++)
      this.board.doubles[args + i] = this.board.doubles[from + i];
    Atomics.store(words, to + FINISHED, 0);
    // From this store on blocks can be taken, even by who holds the place's number from before.
    Atomics.store(words, to + LEFT, words[at + VALUE]);
    Atomics.store(words, RING + (tail & (RING_SIZE - 1)), launch);
    Atomics.store(words, TAIL, (tail + 1) | 0);
    return launch;
  }

  /** Front end: whether all its blocks ended. */
  finished(launch: number): boolean {
    const at = launchAt(launch);
    return Atomics.load(this.words, at + FINISHED) === this.words[at + BLOCKS];
  }

  /** Front end: gives the launch's place back. */
  end(launch: number): void {
    this.words[FREE + this.words[FREE_COUNT]++] = launch;
  }

  /** The first launch in order that has blocks left to take, -1 when none has. */
  next(): number {
    const head = this.skipTaken();
    if (head === Atomics.load(this.words, TAIL)) return -1;
    return Atomics.load(this.words, RING + (head & (RING_SIZE - 1)));
  }

  /**
   * Takes one block of a launch; -1 when none is left. One count-down decides: a number read before
   * it could belong to an earlier launch in the same place.
   */
  take(launch: number): number {
    const at = launchAt(launch);
    const left = Atomics.sub(this.words, at + LEFT, 1);
    // At once: should its place be used again soon, the new launch must not be first in order.
    if (left === 1) this.skipTaken();
    return left > 0 ? this.words[at + BLOCKS] - left : -1;
  }

  /** A block that was taken has ended. */
  finish(launch: number): void {
    Atomics.add(this.words, launchAt(launch) + FINISHED, 1);
  }

  kernel(launch: number): number {
    return this.words[launchAt(launch) + KERNEL];
  }

  blocks(launch: number): number {
    return this.words[launchAt(launch) + BLOCKS];
  }

  copyArgs(launch: number, args: Float64Array): void {
    const from = (launchAt(launch) + LAUNCH_ARGS) / 2;
    for (let i = 0; i < KERNEL_ARGS; i++) args[i] = this.board.doubles[from + i];
  }

  // Moves the head over launches whose blocks are all taken; returns where it stands.
  private skipTaken(): number {
    const { words } = this;
    for (;;) {
      const head = Atomics.load(words, HEAD);
      if (head === Atomics.load(words, TAIL)) return head;
      const launch = Atomics.load(words, RING + (head & (RING_SIZE - 1)));
      if (Atomics.load(words, launchAt(launch) + LEFT) > 0) return head;
      Atomics.compareExchange(words, HEAD, head, (head + 1) | 0);
    }
  }
}
