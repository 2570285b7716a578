import { clockTime, Timetable } from '../bench/timetable.js';
import { WarplineError } from '../errors.js';
import type { Candidate } from './candidate.js';
import type { Measured } from './objective.js';

/** What tune has from outside: runs, and the time they take. Tests have made-up ones. */
export interface Parts {
  /** Counts a run for so many seconds. @throws WarplineError */
  run(candidate: Candidate, seconds: number, offeredMpps?: number): Promise<Measured>;
  /** Seconds. */
  now(): number;
  say?(line: string): void;
  stop?: AbortSignal;
  /** Whether an error only says that this candidate is not for this device. */
  excuse(candidate: Candidate, error: WarplineError): boolean;
}

/** Ctrl-C came: nothing more is to be measured. */
export class Interrupted extends Error {}

/** Where candidates are run, within a budget of time. */
export class Stand {
  private readonly start: number;
  private readonly timetable = new Timetable();
  /** Why the first candidate was left out: all may have been for the same reason. */
  refusal: WarplineError | undefined;

  constructor(
    private readonly budget: number,
    private readonly parts: Parts,
  ) {
    this.start = parts.now();
  }

  /** Seconds of the budget that are left. */
  get left(): number {
    return this.budget - (this.parts.now() - this.start);
  }

  /**
   * Seconds for each of so many runs, so that they end when this share of the budget is over;
   * undefined when there is no time for one more of the `least` seconds.
   */
  secondsFor(runs: number, share: number, least: number, most: number): number | undefined {
    const time = this.left - (1 - share) * this.budget;
    // What a run takes beside the time it counts, by those that were.
    const beside = this.timetable.left(1, 0);
    if (time < least + beside) return undefined;
    return Math.min(most, Math.max(least, time / runs - beside));
  }

  /** Whether so many runs of so many seconds find room in what is left. */
  hasTimeFor(runs: number, seconds: number): boolean {
    return this.left >= runs * (seconds + this.timetable.left(1, 0));
  }

  /** One run. @throws Interrupted, and what the run throws. */
  async run(candidate: Candidate, seconds: number, load?: number): Promise<Measured> {
    const { parts, timetable } = this;
    if (parts.stop?.aborted) throw new Interrupted();
    const start = parts.now();
    const measured = await parts.run(candidate, seconds, load);
    if (parts.stop?.aborted) throw new Interrupted();
    timetable.done(seconds, parts.now() - start);
    return measured;
  }

  /** Undefined where the device, or the memory, does not allow the candidate. */
  async attempt<T>(candidate: Candidate, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof WarplineError) || !this.parts.excuse(candidate, error)) throw error;
      this.refusal ??= error;
      return undefined;
    }
  }

  say(line: string): void {
    this.parts.say?.(`${line}; ${clockTime(this.left)} left`);
  }
}
