import type { L2fwdResult } from '../apps/l2fwd/result.js';
import type { Point } from './points.js';
import { type Notes, notes, type Rates, rates } from './rates.js';
import { medians } from './spread.js';

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
  const latency = (at: 'p50' | 'p99') => runs.map((run) => run.latencyUs[at]);
  return {
    ...point,
    frameBytes,
    items: runs[0].items,
    ...rates(runs),
    ...medians('latencyP50Us', latency('p50')),
    ...medians('latencyP99Us', latency('p99')),
    ...notes(runs),
  };
}
