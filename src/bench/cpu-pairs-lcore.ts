import { native } from '../memory/native.js';

/** What the two lcores of `bench cpus` do; survives `postMessage`. */
export interface PairsPlan {
  /** CPUs of side 0 and side 1, pair by pair. */
  pairs: readonly (readonly [number, number])[];
  slices: number;
  /** Round trips of a slice. */
  trips: number;
  /** A `Ball`. */
  words: SharedArrayBuffer;
  /** float64 [pairs][slices]: cycles that a slice took; 0: it was not made. */
  cycles: SharedArrayBuffer;
}

const [BALL, ARRIVED, DROPPED] = [0, 16, 32];

/** The word that goes to and fro, and beside it, on lines of their own, what the two agree by. */
export class Ball {
  static readonly BYTES = 256;
  private readonly words: Int32Array;

  constructor(words: SharedArrayBuffer) {
    this.words = new Int32Array(words);
  }

  /** Ends the game: nobody waits for the other any more. */
  drop(): void {
    Atomics.store(this.words, DROPPED, 1);
  }

  /** Waits for the other side, for the `n`th time; false when the game is over. */
  meet(n: number): boolean {
    Atomics.add(this.words, ARRIVED, 1);
    while (Atomics.load(this.words, ARRIVED) < 2 * n) {
      if (Atomics.load(this.words, DROPPED) !== 0) return false;
      native.lcoreYield();
    }
    return Atomics.load(this.words, DROPPED) === 0;
  }

  /** So many round trips: side 0 stores even numbers and waits for odd ones. */
  play(side: number, trips: number): void {
    const { words } = this;
    for (let trip = 0; trip < trips; trip++) {
      if (side === 1) while (Atomics.load(words, BALL) !== 2 * trip + 1);
      Atomics.store(words, BALL, 2 * trip + 1 + side);
      if (side === 0) while (Atomics.load(words, BALL) !== 2 * trip + 2);
    }
  }
}

export function passBall({ side, plan }: { side: number; plan: PairsPlan }): void {
  const { pairs, slices, trips } = plan;
  const ball = new Ball(plan.words);
  const cycles = new Float64Array(plan.cycles);
  let met = 0;
  for (const [pair, cpus] of pairs.entries()) {
    native.lcorePin(cpus[side]);
    // One slice more, which does not count: code is compiled, and the threads get to their CPUs.
    for (let slice = -1; slice < slices; slice++) {
      if (!ball.meet(++met)) return;
      const start = native.tsc();
      ball.play(side, trips);
      if (side === 0 && slice >= 0) cycles[pair * slices + slice] = native.tsc() - start;
    }
  }
}
