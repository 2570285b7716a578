import type { L2fwdResult } from '../apps/l2fwd/result.js';
import { spread } from './machine.js';
import type { Point } from './points.js';

/**
 * A row of `bench methods`: the point, then medians over its repeats with the lowest and highest
 * beside them. Rates in Mpps and Gbit/s of frame bytes, latencies in microseconds.
 */
export interface MethodsRow extends Point {
  frameBytes: number;
  items: number;
  /** Runs these figures are of. */
  repeats: number;
  mpps: number;
  mppsMin: number;
  mppsMax: number;
  gbps: number;
  gbpsMin: number;
  gbpsMax: number;
  latencyP50Us: number;
  latencyP50UsMin: number;
  latencyP50UsMax: number;
  latencyP99Us: number;
  latencyP99UsMin: number;
  latencyP99UsMax: number;
  /** (mppsMax - mppsMin) / mpps, only where it is above NOTED. */
  spread?: number;
  /** Only where threads outnumbered the CPUs. */
  crowded?: true;
  /** With --verify: frames compared with what was received, and those that were wrong. */
  checked?: number;
  wrong?: number;
}

/** A spread a reader must know of. */
const NOTED = 0.1;

/** The runs of one point as a row; there is at least one. */
export function methodsRow(point: Point, frameBytes: number, runs: L2fwdResult[]): MethodsRow {
  const of = (figure: (run: L2fwdResult) => number) => spread(runs.map(figure));
  const mpps = of((run) => run.mpps);
  const gbps = of((run) => run.gbps);
  const p50 = of((run) => run.latencyUs.p50);
  const p99 = of((run) => run.latencyUs.p99);
  const wide = (mpps.max - mpps.min) / mpps.median;
  const verified = runs.flatMap(({ verify }) => verify ?? []);
  const total = (field: 'checked' | 'wrong') => verified.reduce((sum, one) => sum + one[field], 0);
  return {
    ...point,
    frameBytes,
    items: runs[0].items,
    repeats: runs.length,
    mpps: mpps.median,
    mppsMin: mpps.min,
    mppsMax: mpps.max,
    gbps: gbps.median,
    gbpsMin: gbps.min,
    gbpsMax: gbps.max,
    latencyP50Us: p50.median,
    latencyP50UsMin: p50.min,
    latencyP50UsMax: p50.max,
    latencyP99Us: p99.median,
    latencyP99UsMin: p99.min,
    latencyP99UsMax: p99.max,
    ...(wide > NOTED && { spread: wide }),
    ...(runs.some(({ crowded }) => crowded) && { crowded: true as const }),
    ...(verified.length > 0 && { checked: total('checked'), wrong: total('wrong') }),
  };
}
