import { native } from '../memory/native.js';

/** How a loop behaves when it finds nothing to do, in polls since it last did something. */
export interface IdlePlan {
  /** Polls before it starts to yield. */
  readonly spin: number;
  /**
   * PAUSE instructions between two of these polls. What is polled is a cache line that another lcore
   * or the device is about to write: each look at it delays that, so look less often.
   */
  readonly pauses: number;
  /** Polls before it starts to park. */
  readonly yield: number;
  /** Microseconds of one park. */
  readonly parkUs: number;
}

/** A core each: spin, so that nothing adds to the latency; park only when traffic is long gone. */
export const ROOMY: IdlePlan = { spin: 20_000, pauses: 4, yield: 200_000, parkUs: 20 };

/** More threads than cores: whoever has nothing to do must let the others run at once. */
export const CROWDED: IdlePlan = { spin: 0, pauses: 0, yield: 64, parkUs: 20 };

/** Polls between two looks at rarer things; a power of two less one. */
const LOOK = 1023;

/** Calls of a rehearsal: V8 begins to note what a short function does after some dozens. */
export const REHEARSALS = 64;

/** Backing off when idle: spin, then yield, then park briefly. One of these per lcore. */
export class Idle {
  private polls = 0;

  constructor(private readonly plan: IdlePlan) {}

  /** There was work. */
  reset(): void {
    this.polls = 0;
  }

  /** There was none; `pressed` while something waits for its timeout: then it never parks. */
  wait(pressed = false): void {
    const polls = ++this.polls;
    if (polls <= this.plan.spin) {
      native.lcorePause(this.plan.pauses);
      return;
    }
    if (pressed || polls <= this.plan.yield) native.lcoreYield();
    else native.lcoreSleep(this.plan.parkUs);
  }

  /** Has `wait` called in each of its stages, often enough for V8 to note what it does there. */
  rehearse(wait: (pressed: boolean) => void): void {
    const { spin, yield: spun } = this.plan;
    const stages = [0, spin, spun, LOOK - 1];
    for (let n = 0; n < REHEARSALS; n++) {
      this.polls = stages[n % stages.length];
      wait(n < REHEARSALS / 2);
    }
    this.polls = 0;
  }

  /**
   * Whether nothing happened for long enough to look at rarer things: asking a driver for its health
   * takes microseconds, and a lock that other lcores may want.
   */
  get long(): boolean {
    return (this.polls & LOOK) === LOOK;
  }
}
