import type { L2fwdResult } from '../apps/l2fwd/result.js';
import { spread } from './machine.js';

/** Medians over a point's runs, with the lowest and highest beside them. */
export interface Rates {
  /** Runs these figures are of. */
  repeats: number;
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
  /** (mppsMax - mppsMin) / mpps, only where it is above NOTED. */
  spread?: number;
  /** Only where threads outnumbered the CPUs. */
  crowded?: true;
  /** With --verify: frames compared with what was received, and those that were wrong. */
  checked?: number;
  wrong?: number;
}

/** A spread a reader must know of. */
export const NOTED = 0.1;

/** The rates of one point's runs; there is at least one. */
export function rates(runs: L2fwdResult[]): Rates {
  const mpps = spread(runs.map((run) => run.mpps));
  const gbps = spread(runs.map((run) => run.gbps));
  return {
    repeats: runs.length,
    mpps: mpps.median,
    mppsMin: mpps.min,
    mppsMax: mpps.max,
    gbps: gbps.median,
    gbpsMin: gbps.min,
    gbpsMax: gbps.max,
  };
}

export function notes(runs: L2fwdResult[]): Notes {
  const mpps = spread(runs.map((run) => run.mpps));
  const wide = (mpps.max - mpps.min) / mpps.median;
  const verified = runs.flatMap(({ verify }) => verify ?? []);
  const total = (field: 'checked' | 'wrong') => verified.reduce((sum, one) => sum + one[field], 0);
  return {
    ...(wide > NOTED && { spread: wide }),
    ...(runs.some(({ crowded }) => crowded) && { crowded: true as const }),
    ...(verified.length > 0 && { checked: total('checked'), wrong: total('wrong') }),
  };
}
