import type { L2fwdOptions } from '../apps/l2fwd/options.js';
import { runL2fwd } from '../apps/l2fwd/run.js';
import {
  completeLatencySweep,
  type LatencyPoint,
  type LatencySweep,
  latencyPoints,
  type PeakPoint,
  peakPoints,
} from './latency-points.js';
import { type LatencyRow, latencyRow } from './latency-row.js';
import { type Offered, offerFrames, trafficPort, WARMUP_SECONDS } from './offered.js';
import { fixedOf, peakRuns } from './peak.js';
import { type Notes, notes, type Rates, rates } from './rates.js';
import { runSweep, type SweepHooks, type SweepParts } from './sweep.js';
import { newReport, type SweepReport, targetOf } from './sweep-report.js';

export interface LatencyBenchOptions extends Partial<LatencySweep> {
  /** As l2fwd's: absent, the first CUDA GPU, else `software`. */
  device?: string;
}

export interface LatencyBenchResult extends SweepReport<LatencyPoint, LatencyRow> {
  bench: 'latency';
  sweep: LatencySweep;
  /** What the loads are shares of. */
  peaks: PeakRow[];
}

/** How fast a method goes through the traffic port, nothing lost or not. */
export interface PeakRow extends PeakPoint, Rates, Notes {}

/** Measured runs of each peak, after one that warms up. */
export const PEAK_REPEATS = 3;

/**
 * How long packets stay, by method, burst and offered load: a traffic port first shows the peak of
 * each method and burst, then offers shares of it. @throws DEVICE_UNKNOWN.
 */
export async function benchLatency(
  { device, ...given }: LatencyBenchOptions,
  hooks: SweepHooks<LatencyBenchResult> = {},
  parts: SweepParts = { run: runL2fwd },
): Promise<LatencyBenchResult> {
  const target = targetOf(device);
  const sweep = completeLatencySweep(given, target.driver);
  const fixed = fixedOf({ verify: false, ...sweep });
  const report: LatencyBenchResult = {
    ...newReport('latency', target, sweep, hooks.command),
    peaks: [],
  };
  const { frameBytes, slots } = sweep;
  const offer = { frameBytes, slots };
  await measurePeaks(report, { ...fixed, ...trafficPort(offer) }, hooks, parts);
  if (report.error !== undefined || report.interrupted) return report;
  const peaks = new Map(
    report.peaks.flatMap(({ method, memory, burst, mpps }) =>
      latencyPoints({ method, memory, burst }, sweep).map((point) => [point, mpps] as const),
    ),
  );
  const peakOf = (point: LatencyPoint) => peaks.get(point) as number;
  await runSweep(
    {
      report,
      points: [...peaks.keys()],
      firstRound: 1,
      lasts: () => WARMUP_SECONDS + sweep.seconds,
      async measure(point, turn) {
        const { load = 0, offeredMpps, ...settings } = point;
        const mpps = offeredMpps ?? load * peakOf(point);
        const { seconds } = sweep;
        const offered = await offerFrames(
          turn,
          { ...settings, ...fixed },
          { ...offer, mpps, seconds },
        );
        return offered.result.mpps === 0 ? undefined : offered;
      },
      tell,
      row: (point, repeats) => latencyRow(point, frameBytes, peakOf(point), repeats),
    },
    { ...hooks, save: () => hooks.save?.(report) },
    parts,
  );
  return report;
}

/** Fills in the report's peaks, and what ended or left out any. */
async function measurePeaks(
  report: LatencyBenchResult,
  settings: Partial<L2fwdOptions>,
  hooks: SweepHooks<LatencyBenchResult>,
  parts: SweepParts,
): Promise<void> {
  const { sweep } = report;
  const peaks: SweepReport<PeakPoint, PeakRow> = {
    ...report,
    sweep: { ...sweep, repeats: PEAK_REPEATS },
    rows: [],
  };
  const { stop, progress } = hooks;
  await runSweep(
    {
      report: peaks,
      points: peakPoints(sweep),
      ...peakRuns(sweep.seconds, (point: PeakPoint) => ({ ...point, ...settings })),
      row: (point, runs) => ({ ...point, ...rates(runs), ...notes(runs) }),
    },
    { stop, progress: (line) => progress?.(`peaks: ${line}`) },
    parts,
  );
  report.peaks = peaks.rows;
  report.skipped = peaks.skipped;
  report.interrupted = peaks.interrupted;
  report.error = peaks.error;
}

function tell({ result, offeredMpps, lost }: Offered): string {
  const { p50, p99 } = result.latencyUs;
  return `${offeredMpps.toPrecision(4)} Mpps offered, ${lost} lost, p50 ${p50.toFixed(1)} µs, p99 ${p99.toFixed(1)} µs`;
}
