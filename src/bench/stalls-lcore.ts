import { TURN_BYTES, Turn } from '../dpdk/turn.js';
import { windowAt } from '../memory/memory.js';
import type { Address } from '../memory/native.js';
import { Histogram } from '../telemetry/histogram.js';

/** What each lcore of `bench stalls` is given; survives `postMessage`. */
export interface Watch {
  /** TURN_BYTES in memory that stays, for a turn: only its clock is wanted. */
  turn: Address;
  /** i32: lcores that have begun to watch; whether to go; whether to end. */
  words: SharedArrayBuffer;
  /** An `Away`. */
  away: SharedArrayBuffer;
  /** A histogram's memory: nanoseconds that POLLS polls took without a stall. */
  paces: SharedArrayBuffer;
  /** Cycles of each step in STEPS_US. */
  steps: readonly number[];
  nsPerCycle: number;
}

export const [THERE, GO, END] = [0, 16, 32];
export const WATCH_BYTES = 256;

/** Stalls are counted that took so many microseconds or more. */
export const STEPS_US = [10, 100, 1000] as const;

/** Polls that are timed together. */
export const POLLS = 1000;

/** What one lcore has found out: float64 [cycles watched, longest, lost, stalls of each step]. */
export class Away {
  static readonly BYTES = 8 * (3 + STEPS_US.length);
  private readonly words: Float64Array;

  constructor(memory: SharedArrayBuffer) {
    this.words = new Float64Array(memory);
  }

  get watched(): number {
    return this.words[0];
  }
  set watched(cycles: number) {
    this.words[0] = cycles;
  }
  get longest(): number {
    return this.words[1];
  }
  /** Cycles in stalls of any counted step. */
  get lost(): number {
    return this.words[2];
  }
  /** Stalls of so many steps or longer. */
  get stalls(): number[] {
    return [...this.words.subarray(3)];
  }

  /** A gap of at least the first step. */
  note(cycles: number, steps: readonly number[]): void {
    const { words } = this;
    words[2] += cycles;
    if (cycles > words[1]) words[1] = cycles;
    for (let i = 0; i < steps.length; i++) if (cycles >= steps[i]) words[3 + i]++;
  }
}

/**
 * Reads the clock again and again, as an lcore that polls does, and notes where it has jumped, and how long
 * it takes where it has not.
 */
export function watchClock(watch: Watch): void {
  const { turn: address, words, away, steps, nsPerCycle } = watch;
  const flags = new Int32Array(words);
  const turn = new Turn(windowAt(address, TURN_BYTES), address);
  const found = new Away(away);
  const paces = Histogram.over(watch.paces);
  Atomics.add(flags, THERE, 1);
  while (Atomics.load(flags, GO) === 0) turn.run();
  // Start, last, gap, of the polls that are timed: fields would be garbage each time.
  const clock = new Float64Array(4);
  let polls = 0;
  turn.run();
  clock.fill(turn.tsc);
  while (Atomics.load(flags, END) === 0) {
    turn.run();
    clock[2] = turn.tsc - clock[1];
    clock[1] = turn.tsc;
    if (clock[2] >= steps[0]) found.note(clock[2], steps);
    else if (++polls < POLLS) continue;
    else paces.record((clock[1] - clock[3]) * nsPerCycle, 1);
    polls = 0;
    clock[3] = clock[1];
  }
  found.watched = clock[1] - clock[0];
}
