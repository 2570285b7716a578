import type { L2fwdResult } from '../apps/l2fwd/result.js';
import { spread } from './machine.js';
import type { Point } from './points.js';
import { type Notes, notes, type Rates, rates } from './rates.js';

/** A row of `bench methods`: the point, then its rates, and latencies in microseconds. */
export interface MethodsRow extends Point, Rates, Notes {
  frameBytes: number;
  items: number;
  latencyP50Us: number;
  latencyP50UsMin: number;
  latencyP50UsMax: number;
  latencyP99Us: number;
  latencyP99UsMin: number;
  latencyP99UsMax: number;
}

/** The runs of one point as a row; there is at least one. */
export function methodsRow(point: Point, frameBytes: number, runs: L2fwdResult[]): MethodsRow {
  const p50 = spread(runs.map((run) => run.latencyUs.p50));
  const p99 = spread(runs.map((run) => run.latencyUs.p99));
  return {
    ...point,
    frameBytes,
    items: runs[0].items,
    ...rates(runs),
    latencyP50Us: p50.median,
    latencyP50UsMin: p50.min,
    latencyP50UsMax: p50.max,
    latencyP99Us: p99.median,
    latencyP99UsMin: p99.min,
    latencyP99UsMax: p99.max,
    ...notes(runs),
  };
}
