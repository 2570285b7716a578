import type { Candidate } from './candidate.js';

/** What a run of a candidate came to. */
export interface Measured {
  /** Offered by a paced source; absent where the port brings what it can. */
  offeredMpps?: number;
  mpps: number;
  p50Us: number;
  p99Us: number;
  crowded?: true;
}

/** A candidate and how good it is, by a run or by the medians of several. */
export interface Verdict {
  candidate: Candidate;
  lcores: number;
  measured: Measured;
  /** Whether it reaches the target, or keeps within the bound; always, where there is none. */
  meets: boolean;
}

/** One run of a candidate at a load; undefined: as much as the port brings. */
export type Run = (offeredMpps?: number) => Promise<Measured>;

/** What makes one option set better than another. */
export interface Objective {
  /** In words, for the report. */
  readonly aim: string;
  /** Runs that `judge` takes, as a rule. */
  readonly runs: number;
  /** Seconds that a run counts, at the least: the start of one, whose code is new, has to be over. */
  readonly shortest: number;
  /**
   * Runs a candidate until it is known how good it is, or no better than `best` of its method;
   * `roughly` where that may be a fifth off.
   */
  judge(run: Run, best?: Verdict, roughly?: boolean): Promise<Measured>;
  meets(measured: Measured): boolean;
  /** By how much `b` is better than `a`: 1.1 is a tenth; below 1, worse. */
  gain(b: Verdict, a: Verdict): number;
  /** The load to check a candidate at, against the choice or as the choice. */
  checkLoad(one: Verdict, choice: Verdict): number | undefined;
  /** The choice did not hold at its load: what else to ask of it; undefined where there is nothing. */
  lower?(choice: Verdict): Verdict;
}

/** A choice stands unless another is better by more than this. */
export const MARGIN = 0.05;
/** What a paced source offers counts as forwarded when so much of it was. */
const ALL = 0.99;
/** Above MARGIN: a load at which another would beat the choice. */
const ABOVE = 1 + MARGIN + 0.01;
/** The load at which a candidate has to show that it is worth a closer look … */
const BETTER = 1.03;
/** … which ends when the load that held and the load that did not are so close. */
const CLOSE = 1.02;

/** The most packets a second. */
export const peak: Objective = {
  aim: 'most Mpps',
  runs: 1,
  shortest: 0.1,
  judge: (run) => run(),
  meets: () => true,
  gain: (b, a) => ratio(b.measured.mpps, a.measured.mpps),
  checkLoad: () => undefined,
};

/** The fewest lcores that forward `mpps`, then the lowest p99. `paced`: the port offers just that. */
export function target(mpps: number, paced: boolean): Objective {
  const load = paced ? mpps : undefined;
  return {
    aim: `${mpps} Mpps with the fewest lcores, then the lowest p99`,
    runs: 1,
    shortest: 0.2,
    judge: (run) => run(load),
    meets: (measured) => measured.mpps >= ALL * mpps,
    gain(b, a) {
      if (b.meets !== a.meets) return b.meets ? Infinity : 0;
      if (!b.meets) return ratio(b.measured.mpps, a.measured.mpps);
      if (b.lcores !== a.lcores) return b.lcores < a.lcores ? Infinity : 0;
      return ratio(a.measured.p99Us, b.measured.p99Us);
    },
    checkLoad: () => load,
  };
}

/** Shares of a candidate's peak at which it is first looked at, and steps between two of them. */
const SHARES = [0.75, 0.4, 0.1, 0.02];
const STEPS = 5;
const ROUGH_STEPS = 2;

/** The most packets a second whose p99 is at most `bound` µs, offered by a paced source. */
export function bounded(bound: number): Objective {
  const meets = ({ p99Us, mpps, offeredMpps = 0 }: Measured) =>
    p99Us <= bound && mpps >= ALL * offeredMpps && offeredMpps > 0;
  const gain = (b: Verdict, a: Verdict) => {
    if (b.meets !== a.meets) return b.meets ? Infinity : 0;
    return b.meets
      ? ratio(b.measured.offeredMpps ?? 0, a.measured.offeredMpps ?? 0)
      : ratio(a.measured.p99Us, b.measured.p99Us);
  };
  return {
    aim: `most Mpps with a p99 of at most ${bound} µs`,
    // One for who is no better than the best of its method, more for who is.
    runs: 4,
    shortest: 0.3,
    meets,
    gain,
    async judge(run, best, roughly = false) {
      let held: Measured | undefined;
      let broken: Measured | undefined;
      const at = async (load: number) => {
        const measured = await run(load);
        if (meets(measured)) held = measured;
        else broken = measured;
      };
      const rate = best?.meets ? best.measured.offeredMpps : undefined;
      if (rate === undefined) {
        // Nobody has held the bound yet: look at what this one can do at all.
        const { mpps } = await run();
        for (const share of SHARES) if (held === undefined) await at(share * mpps);
      } else {
        // One run shows whether it is better than the best.
        await at(BETTER * rate);
      }
      while (held !== undefined && broken === undefined) await at(1.4 * loadOf(held));
      const steps = roughly ? ROUGH_STEPS : STEPS;
      for (let step = 0; step < steps && held !== undefined && broken !== undefined; step++) {
        if (loadOf(broken) / loadOf(held) <= CLOSE) break;
        await at(Math.sqrt(loadOf(broken) * loadOf(held)));
      }
      return (held ?? broken) as Measured;
    },
    checkLoad: (one, choice) => (one === choice ? 1 : ABOVE) * loadOf(choice.measured),
    lower: (choice) => {
      const offeredMpps = 0.9 * loadOf(choice.measured);
      return { ...choice, measured: { ...choice.measured, offeredMpps } };
    },
  };
}

function loadOf({ offeredMpps = 0 }: Measured): number {
  return offeredMpps;
}

function ratio(of: number, by: number): number {
  if (by === 0) return of === 0 ? 1 : Infinity;
  return of / by;
}
