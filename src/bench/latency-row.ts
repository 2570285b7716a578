import type { Latency } from '../apps/l2fwd/result.js';
import { type Distribution, Histogram } from '../telemetry/histogram.js';
import type { LatencyPoint, PeakPoint } from './latency-points.js';
import { spread } from './machine.js';
import type { Offered } from './offered.js';
import { type Notes, notes, type Rates, rates } from './rates.js';

type Figure = 'P50' | 'P90' | 'P99' | 'P999' | 'Max';

/** Microseconds: medians over the repeats, and the lowest and highest beside them. */
export type LatencyFigures = Record<
  `latency${Figure}Us` | `latency${Figure}UsMin` | `latency${Figure}UsMax`,
  number
>;

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
  const offered = spread(repeats.map((one) => one.offeredMpps));
  const sum = (of: 'sent' | 'lost') => repeats.reduce((all, one) => all + one[of], 0);
  const all = Histogram.alone();
  for (const { latency } of repeats) all.merge(latency);
  return {
    ...place,
    timeoutUs,
    frameBytes,
    peakMpps,
    load: load ?? (offeredMpps ?? 0) / peakMpps,
    offeredMpps: offered.median,
    offeredMppsMin: offered.min,
    offeredMppsMax: offered.max,
    ...rates(results),
    sent: sum('sent'),
    lost: sum('lost'),
    ...latencyFigures(results.map(({ latencyUs }) => latencyUs)),
    ...notes(results),
    latency: all.distribution,
  };
}

const FIGURES: Record<keyof Latency, Figure> = {
  p50: 'P50',
  p90: 'P90',
  p99: 'P99',
  p999: 'P999',
  max: 'Max',
};

function latencyFigures(repeats: Latency[]): LatencyFigures {
  const fields = Object.entries(FIGURES).flatMap(([name, figure]) => {
    const { median, min, max } = spread(repeats.map((one) => one[name as keyof Latency]));
    return [
      [`latency${figure}Us`, median],
      [`latency${figure}UsMin`, min],
      [`latency${figure}UsMax`, max],
    ] as const;
  });
  return Object.fromEntries(fields) as LatencyFigures;
}
