import { roundOrder } from '../bench/points.js';
import { spread } from '../bench/spread.js';
import { keyOf, nameOf } from './candidate.js';
import { MARGIN, type Measured, type Objective, type Verdict } from './objective.js';
import { short, told } from './search.js';
import type { Stand } from './stand.js';

/** A candidate in a check: medians of its runs, the lowest and highest beside them. */
export interface Checked {
  verdict: Verdict;
  runs: Measured[];
  /** By how much it is better than the choice; 1 for the choice itself. */
  gain: number;
}

/** One check: the choice first, then the runners-up. */
export interface Check {
  finalists: Checked[];
  /** No other was better by more than MARGIN, and the choice did what it is chosen for. */
  holds: boolean;
}

const RUNNERS_UP = 3;
/** Runs of each; fewer than that say nothing. */
export const REPEATS = 5;
const LEAST_REPEATS = 3;
/** A correction is checked again, so often at most. */
const CHECKS = 6;
/** How much of the budget may be over after the first check: a correction needs time as well. */
const FIRST_SHARE = 0.82;
const LONGEST = 1;

/** What came of all checks. */
export interface Outcome {
  choice: Verdict;
  checks: Check[];
  /** The last check was of the choice and held, and no other is known that may be better. */
  settled: boolean;
}

/**
 * Runs the choice and the runners-up again, in turn. Where another is better by more than MARGIN it
 * becomes the choice and is checked again. So is a choice that did less well than the search had it,
 * where that leaves others of the search ahead that were not in the check.
 */
export async function checkChoice(
  ranking: readonly Verdict[],
  objective: Objective,
  stand: Stand,
): Promise<Outcome> {
  let [choice] = ranking;
  let rivals = ranking.slice(1, 1 + RUNNERS_UP);
  const checks: Check[] = [];
  const seen = new Set<string>();
  while (checks.length < CHECKS) {
    const finalists = [choice, ...rivals];
    const check = await checkOnce(finalists, objective, stand, checks.length + 1);
    if (check === undefined) break;
    checks.push(check);
    for (const { candidate } of finalists) seen.add(keyOf(candidate));
    const better = corrected(check, objective);
    choice = better ?? check.finalists[0].verdict;
    const key = keyOf(choice.candidate);
    rivals =
      better !== undefined
        ? check.finalists
            .map(({ verdict }) => verdict)
            .filter((one) => keyOf(one.candidate) !== key)
        : ahead(ranking, choice, objective).filter((one) => !seen.has(keyOf(one.candidate)));
    if (better === undefined && rivals.length === 0) return { choice, checks, settled: true };
    if (better !== undefined) stand.say(`the check makes it ${nameOf(choice.candidate)}`);
    rivals = rivals.slice(0, RUNNERS_UP);
  }
  return { choice, checks, settled: false };
}

/** Those that the search had better than what the choice turned out to be. */
function ahead(ranking: readonly Verdict[], choice: Verdict, { gain }: Objective): Verdict[] {
  return ranking.filter((one) => gain(one, choice) > 1 + MARGIN);
}

/** The choice there is to be instead; undefined where it stands. */
function corrected({ finalists, holds }: Check, { lower }: Objective): Verdict | undefined {
  if (holds) return undefined;
  const [choice, ...others] = finalists;
  const best = others.reduce((a, b) => (b.gain > a.gain ? b : a), choice);
  if (best.gain > 1 + MARGIN) return best.verdict;
  return lower?.(choice.verdict);
}

async function checkOnce(
  finalists: readonly Verdict[],
  objective: Objective,
  stand: Stand,
  number: number,
): Promise<Check | undefined> {
  const [choice] = finalists;
  const { shortest } = objective;
  const least = LEAST_REPEATS * finalists.length;
  if (number > 1 && !stand.hasTimeFor(least, shortest)) return undefined;
  const runs = new Map<Verdict, Measured[]>(finalists.map((one) => [one, []]));
  for (let round = 0; round < REPEATS; round++) {
    const going = (REPEATS - round) * finalists.length;
    const share = number === 1 ? FIRST_SHARE : 1;
    const seconds = stand.secondsFor(going, share, shortest, LONGEST);
    // A round that has begun is ended, so that all have as many runs.
    if (seconds === undefined && round >= LEAST_REPEATS) break;
    for (const one of roundOrder(finalists, round)) {
      const load = objective.checkLoad(one, choice);
      const measured = await stand.run(one.candidate, seconds ?? shortest, load);
      runs.get(one)?.push(measured);
      stand.say(`check ${number}.${round + 1} ${nameOf(one.candidate)}: ${told(measured)}`);
    }
  }
  const verdicts = finalists.map((one) => medianOf(one, runs.get(one) as Measured[], objective));
  const checked = verdicts.map((verdict, i) => ({
    verdict,
    runs: runs.get(finalists[i]) as Measured[],
    gain: i === 0 ? 1 : objective.gain(verdict, verdicts[0]),
  }));
  const beaten = checked.some(({ gain }) => gain > 1 + MARGIN);
  // Nothing meets a target that is out of reach: the nearest to it is the choice.
  const failed = !verdicts[0].meets && objective.lower !== undefined;
  return { finalists: checked, holds: !beaten && !failed };
}

function medianOf(verdict: Verdict, runs: Measured[], objective: Objective): Verdict {
  const of = (figure: (run: Measured) => number) => spread(runs.map(figure)).median;
  const { offeredMpps } = runs[0];
  const measured: Measured = {
    ...(offeredMpps !== undefined && { offeredMpps }),
    mpps: of(({ mpps }) => mpps),
    p50Us: of(({ p50Us }) => p50Us),
    p99Us: of(({ p99Us }) => p99Us),
    ...(runs.some(({ crowded }) => crowded) && { crowded: true as const }),
  };
  return { ...verdict, measured, meets: objective.meets(measured) };
}

/** `1.03` */
export function gainText(gain: number): string {
  if (gain === 0 || !Number.isFinite(gain)) return '-';
  return short(gain);
}
