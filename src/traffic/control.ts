import type { Window } from '../memory/memory.js';
import type { Address } from '../memory/native.js';

export const CONTROL_BYTES = 192;

/** What a traffic lcore is to do. It never goes back. */
export const Phase = {
  SEND: 0,
  /** Send no more; take what comes back. */
  HALT: 1,
  /** Nobody sends any more: take what is still there, check it, end. */
  FINISH: 2,
} as const;

/** What a traffic lcore counts. */
export const traffic = {
  sent: 'frames the ring took',
  missed: 'frames that were due and found the ring full',
  received: 'frames that came back and were looked at',
  wrong: 'frames of them that were not what they should be',
  outOfOrder: 'frames that came after one sent later',
  duplicated: 'frames whose number had come before',
  startTsc: 'time-stamp counter when it began to send',
  endTsc: 'time-stamp counter when it last had a frame to send',
} as const;

const NAMES = Object.keys(traffic) as (keyof typeof traffic)[];
export const TrafficCount = Object.fromEntries(NAMES.map((name, i) => [name, i])) as Record<
  keyof typeof traffic,
  number
>;

/*
 *   phase i32 @0, the main thread's │ quiet i32 @64, the lcore's: it sends no more │ counts f64[] @128
 */
const [PHASE, QUIET, COUNTS] = [0, 16, 128];

/** What a traffic lcore and the main thread say to each other: one writer a word. */
export class Control {
  readonly counts: Float64Array;
  private readonly words: Int32Array;

  constructor(window: Window, address: Address) {
    const offset = address - window.address;
    this.words = new Int32Array(window.buffer, offset, CONTROL_BYTES / 4);
    this.counts = new Float64Array(window.buffer, offset + COUNTS, NAMES.length);
  }

  get phase(): number {
    return Atomics.load(this.words, PHASE);
  }
  set phase(phase: number) {
    Atomics.store(this.words, PHASE, phase);
  }

  /** Whether all that will be sent has been sent. */
  get quiet(): boolean {
    return Atomics.load(this.words, QUIET) !== 0;
  }
  set quiet(quiet: boolean) {
    Atomics.store(this.words, QUIET, quiet ? 1 : 0);
  }
}
