import { noted } from '../bench/spread.js';
import type { Candidate } from './candidate.js';
import type { Check } from './check.js';
import type { Verdict } from './objective.js';

/** A candidate as a row: what it came to when it was last looked at. */
export interface TuneRow extends Candidate {
  lcores: number;
  offeredMpps?: number;
  mpps: number;
  latencyP50Us: number;
  latencyP99Us: number;
  /** Only where there is a target or a bound. */
  meets?: boolean;
  crowded?: true;
}

/** In a check: medians, the lowest and highest beside them, and how it compares with the choice. */
export interface CheckRow extends TuneRow {
  repeats: number;
  mppsMin: number;
  mppsMax: number;
  latencyP99UsMin: number;
  latencyP99UsMax: number;
  /** (mppsMax - mppsMin) / mpps, only where it is above a tenth. */
  spread?: number;
  /** By how much it is better than the choice (1.05: a twentieth); absent where it is out of question. */
  gain?: number;
}

export function rowOf(
  { candidate, lcores, measured, meets }: Verdict,
  constrained: boolean,
): TuneRow {
  const { offeredMpps, mpps, p50Us, p99Us, crowded } = measured;
  return {
    ...candidate,
    lcores,
    ...(offeredMpps !== undefined && { offeredMpps }),
    mpps,
    latencyP50Us: p50Us,
    latencyP99Us: p99Us,
    ...(constrained && { meets }),
    ...(crowded && { crowded }),
  };
}

export function checkRow(
  { verdict, runs, gain }: Check['finalists'][number],
  constrained: boolean,
): CheckRow {
  const mpps = runs.map((run) => run.mpps);
  const p99 = runs.map((run) => run.p99Us);
  return {
    ...rowOf(verdict, constrained),
    repeats: runs.length,
    mppsMin: Math.min(...mpps),
    mppsMax: Math.max(...mpps),
    latencyP99UsMin: Math.min(...p99),
    latencyP99UsMax: Math.max(...p99),
    ...noted(mpps),
    ...(gain > 0 && Number.isFinite(gain) && { gain }),
  };
}
