import type { L2fwdResult } from '../apps/l2fwd/result.js';
import { runL2fwd } from '../apps/l2fwd/run.js';
import { type Fixed, nullPort, peakRuns } from './peak.js';
import type { Place } from './points.js';
import { type Notes, notes, type Rates, rates } from './rates.js';
import { runSweep, type SweepHooks, type SweepParts } from './sweep.js';
import type { SweepReport } from './sweep-report.js';

/** A place where a rate is measured: what a row of the figures, scaling and work varies. */
export interface PeakPoint extends Place {
  frameBytes: number;
  burst: number;
  pipelines: number;
  /** Artificial work per packet, where that is varied. */
  packetTimeNs?: number;
}

export interface PeakRow extends PeakPoint, Rates, Notes {
  items: number;
}

/** A report whose rows are rates; filled in place. */
export type PeakReport = SweepReport<PeakPoint, PeakRow> & { sweep: Fixed };

/** Measures points on one net_null port, as fast as each goes, and hands back the report. */
export async function peakBench<Report extends PeakReport>(
  report: Report,
  points: PeakPoint[],
  fixed: Fixed,
  hooks: SweepHooks<Report> = {},
  parts: SweepParts = { run: runL2fwd },
  conclude?: () => void,
): Promise<Report> {
  const settings = ({ frameBytes, ...point }: PeakPoint) => ({
    ...point,
    ...nullPort(frameBytes),
    ...fixed,
  });
  await runSweep(
    { report, points, ...peakRuns(report.sweep.seconds, settings), row: peakRow, conclude },
    { ...hooks, save: () => hooks.save?.(report) },
    parts,
  );
  return report;
}

/** The runs of one point as a row; there is at least one. */
function peakRow(point: PeakPoint, runs: L2fwdResult[]): PeakRow {
  return { ...point, items: runs[0].items, ...rates(runs), ...notes(runs) };
}
