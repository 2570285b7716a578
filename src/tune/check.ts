import { spread } from '../bench/machine.js';
import { roundOrder } from '../bench/points.js';
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
const CHECKS = 4;
/** How much of the budget may be over after the first check: a correction needs time as well. */
const FIRST_SHARE = 0.85;
const LONGEST = 1;

/**
 * Runs the choice and the runners-up again, in turn. Where another is better by more than MARGIN it
 * becomes the choice and is checked again. The last check is of the choice that stands.
 */
export async function checkChoice(
  ranking: readonly Verdict[],
  objective: Objective,
  stand: Stand,
): Promise<{ choice: Verdict; checks: Check[] }> {
  let finalists = ranking.slice(0, 1 + RUNNERS_UP);
  let [choice] = finalists;
  const checks: Check[] = [];
  while (checks.length < CHECKS) {
    const check = await checkOnce(finalists, objective, stand, checks.length + 1);
    if (check === undefined) break;
    checks.push(check);
    const better = corrected(check, objective);
    if (better === undefined) {
      choice = check.finalists[0].verdict;
      break;
    }
    choice = better;
    const others = check.finalists.map(({ verdict }) => verdict);
    finalists = [
      choice,
      ...others.filter((one) => keyOf(one.candidate) !== keyOf(choice.candidate)),
    ];
    stand.say(`the check makes it ${nameOf(choice.candidate)}`);
  }
  return { choice, checks };
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
