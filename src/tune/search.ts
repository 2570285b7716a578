import {
  type Candidate,
  coarseGrid,
  keyOf,
  lcoresOf,
  nameOf,
  neighbours,
  type Space,
} from './candidate.js';
import type { Measured, Objective, Verdict } from './objective.js';
import type { Stand } from './stand.js';

/** How much of the budget is over when the grid and its halving, and when the search has to end. */
const SHARES = { grid: 0.3, halving: 0.4, search: 0.65 };
/** Whose neighbours are looked at: the best of all, and the best of each of so many methods. */
const EXPANDED = 2;
const METHODS_EXPANDED = 3;
/** Seconds of a run at most, and of one in the second look: shorter where all would find no room. */
const [LONGEST, LONGER] = [0.4, 0.8];

type Phase = 'grid' | 'again' | 'beside';

/**
 * Looks for the best candidate: a coarse grid with short runs, the better quarter of it once more and
 * longer, then best first, from each to those one step away in one option. What the stand has no time
 * for is left out.
 */
export class Search {
  private readonly verdicts = new Map<string, Verdict>();
  private readonly expanded = new Set<string>();
  /** Candidates of the grid that there was no time for. */
  unmeasured = 0;

  constructor(
    private readonly space: Space,
    private readonly objective: Objective,
    private readonly stand: Stand,
  ) {}

  /** All that were measured, the best first. */
  get ranking(): Verdict[] {
    const { gain } = this.objective;
    return [...this.verdicts.values()].sort((a, b) => {
      const by = gain(a, b);
      return by > 1 ? -1 : by < 1 ? 1 : 0;
    });
  }

  /** The same with what a check made of some, unless that was at a load too high for them. */
  rankingAfter(checked: readonly { verdict: Verdict }[]): Verdict[] {
    for (const { verdict } of checked) {
      const key = keyOf(verdict.candidate);
      if (verdict.meets || !this.verdicts.get(key)?.meets) this.verdicts.set(key, verdict);
    }
    return this.ranking;
  }

  async run(): Promise<void> {
    await this.grid();
    await this.halve();
    await this.climb();
  }

  private async grid(): Promise<void> {
    const { stand, space } = this;
    const { runs, shortest } = this.objective;
    const all = coarseGrid(space);
    for (const [i, candidate] of all.entries()) {
      const seconds = stand.secondsFor(runs * (all.length - i), SHARES.grid, shortest, LONGEST);
      if (seconds === undefined) this.unmeasured++;
      else await this.measure(candidate, seconds, 'grid');
    }
  }

  /** The better quarter of the grid, twice as long. */
  private async halve(): Promise<void> {
    const { runs, shortest } = this.objective;
    const better = this.ranking.slice(0, Math.ceil(this.verdicts.size / 4));
    for (const [i, { candidate }] of better.entries()) {
      const left = runs * (better.length - i);
      const seconds = this.stand.secondsFor(left, SHARES.halving, shortest, LONGER);
      if (seconds !== undefined) await this.measure(candidate, seconds, 'again');
    }
  }

  private async climb(): Promise<void> {
    const { runs, shortest } = this.objective;
    for (let next = this.next(); next !== undefined; next = this.next()) {
      this.expanded.add(keyOf(next));
      for (const one of neighbours(next, this.space)) {
        if (this.verdicts.has(keyOf(one))) continue;
        const seconds = this.stand.secondsFor(runs, SHARES.search, shortest, LONGEST);
        if (seconds === undefined) return;
        await this.measure(one, seconds, 'beside');
      }
    }
  }

  /** The best of those to be expanded that was not: another method may gain more by its options. */
  private next(): Candidate | undefined {
    const { ranking } = this;
    const methods = [...new Set(ranking.map(({ candidate }) => candidate.method))];
    const ofMethods = methods
      .slice(0, METHODS_EXPANDED)
      .map((method) => ranking.find(({ candidate }) => candidate.method === method));
    return ranking
      .filter((one, place) => place < EXPANDED || ofMethods.includes(one))
      .map(({ candidate }) => candidate)
      .find((one) => !this.expanded.has(keyOf(one)));
  }

  private async measure(candidate: Candidate, seconds: number, phase: Phase): Promise<void> {
    const { stand, objective, space } = this;
    const best = this.ranking.find(({ candidate: other }) => {
      return other.method === candidate.method && keyOf(other) !== keyOf(candidate);
    });
    const run = (load?: number) => stand.run(candidate, seconds, load);
    const measured = await stand.attempt(candidate, () =>
      objective.judge(run, best, phase === 'grid'),
    );
    if (measured === undefined) return;
    const meets = objective.meets(measured);
    const lcores = lcoresOf(candidate, space);
    this.verdicts.set(keyOf(candidate), { candidate, lcores, measured, meets });
    stand.say(`${phase} ${nameOf(candidate)}: ${told(measured)}`);
  }
}

export function told({ offeredMpps, mpps, p99Us }: Measured): string {
  const offered = offeredMpps === undefined ? '' : ` of ${short(offeredMpps)}`;
  return `${short(mpps)}${offered} Mpps, p99 ${short(p99Us)} µs`;
}

/** Four digits. */
export function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}
