import type { L2fwdResult } from '../apps/l2fwd/result.js';
import { medians, noted } from './spread.js';

/** Medians over a point's runs, with the lowest and highest beside them. */
export interface Rates {
  /** Runs these figures are of. */
  repeats: number;
  /** Of a path: 1 at both ends, or 2. */
  lcores: number;
  mpps: number;
  mppsMin: number;
  mppsMax: number;
  /** Gbit/s of frame bytes. */
  gbps: number;
  gbpsMin: number;
  gbpsMax: number;
}

/** What a reader must know of a row. */
export interface Notes {
  /** (mppsMax - mppsMin) / mpps, only where it is above a tenth. */
  spread?: number;
  /** Only where threads outnumbered the CPUs. */
  crowded?: true;
  /** With --verify: frames compared with what was received, and those that were wrong. */
  checked?: number;
  wrong?: number;
}

/** The rates of one point's runs; there is at least one. */
export function rates(runs: L2fwdResult[]): Rates {
  const of = (name: 'mpps' | 'gbps') => runs.map((run) => run[name]);
  const { lcores } = runs[0];
  const figures = { ...medians('mpps', of('mpps')), ...medians('gbps', of('gbps')) };
  return { repeats: runs.length, lcores, ...figures };
}

export function notes(runs: L2fwdResult[]): Notes {
  const verified = runs.flatMap(({ verify }) => verify ?? []);
  const total = (field: 'checked' | 'wrong') => verified.reduce((sum, one) => sum + one[field], 0);
  return {
    ...noted(runs.map((run) => run.mpps)),
    ...(runs.some(({ crowded }) => crowded) && { crowded: true as const }),
    ...(verified.length > 0 && { checked: total('checked'), wrong: total('wrong') }),
  };
}
