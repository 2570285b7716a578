import type { Latency } from '../apps/l2fwd/result.js';
import { type Distribution, Histogram } from '../telemetry/histogram.js';
import type { LatencyPoint, PeakPoint } from './latency-points.js';
import type { Offered } from './offered.js';
import { type Notes, notes, type Rates, rates } from './rates.js';
import { type Medians, medians } from './spread.js';

/** Microseconds: medians over the repeats, and the lowest and highest beside them. */
export type LatencyFigures = Medians<(typeof FIGURES)[keyof Latency]>;

/**
 * A row of `bench latency`. Rates and latencies are medians over the repeats, frames are sums, and
 * `latency` is the distribution of all repeats together.
 */
export interface LatencyRow extends PeakPoint, Rates, Notes, LatencyFigures {
  timeoutUs: number;
  frameBytes: number;
  /** What went through the same port as fast as it could. */
  peakMpps: number;
  /** Share of the peak that was asked for. */
  load: number;
  /** What the source really offered. */
  offeredMpps: number;
  offeredMppsMin: number;
  offeredMppsMax: number;
  /** Frames that were due after the warm-ups, and those of them that did not come back. */
  sent: number;
  lost: number;
  latency: Distribution;
}

/** The repeats of one point; there is at least one. */
export function latencyRow(
  { load, offeredMpps, timeoutUs, ...place }: LatencyPoint,
  frameBytes: number,
  peakMpps: number,
  repeats: Offered[],
): LatencyRow {
  const results = repeats.map(({ result }) => result);
  const offered = repeats.map((one) => one.offeredMpps);
  const sum = (of: 'sent' | 'lost') => repeats.reduce((all, one) => all + one[of], 0);
  const all = Histogram.alone();
  for (const { latency } of repeats) all.merge(latency);
  return {
    ...place,
    timeoutUs,
    frameBytes,
    peakMpps,
    load: load ?? (offeredMpps ?? 0) / peakMpps,
    ...medians('offeredMpps', offered),
    ...rates(results),
    sent: sum('sent'),
    lost: sum('lost'),
    ...latencyFigures(results.map(({ latencyUs }) => latencyUs)),
    ...notes(results),
    latency: all.distribution,
  };
}

const FIGURES = {
  p50: 'latencyP50Us',
  p90: 'latencyP90Us',
  p99: 'latencyP99Us',
  p999: 'latencyP999Us',
  max: 'latencyMaxUs',
} as const satisfies Record<keyof Latency, string>;

function latencyFigures(repeats: Latency[]): LatencyFigures {
  const of = (at: keyof Latency) =>
    medians(
      FIGURES[at],
      repeats.map((one) => one[at]),
    );
  return Object.assign({}, ...(Object.keys(FIGURES) as (keyof Latency)[]).map(of));
}
