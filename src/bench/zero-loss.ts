import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runL2fwd } from '../apps/l2fwd/run.js';
import { runRound } from './back-to-back-round.js';
import { lineRateMpps } from './line-rates.js';
import { fixedOf } from './peak.js';
import { spread } from './spread.js';
import { runSweep, type SweepHooks, type SweepParts, type Turn } from './sweep.js';
import { newReport, type SweepReport, targetOf } from './sweep-report.js';
import { findTestpmd } from './testpmd.js';
import { clockTime } from './timetable.js';
import {
  completeZeroLossSweep,
  type ZeroLossPoint,
  type ZeroLossSweep,
  zeroLossPoints,
} from './zero-loss-points.js';
import { type ZeroLossFound, type ZeroLossRow, zeroLossRow } from './zero-loss-row.js';
import { searchSeconds, searchZeroLoss } from './zero-loss-search.js';
import { type Round, testpmdTrial } from './zero-loss-testpmd.js';

export interface ZeroLossBenchOptions extends Partial<ZeroLossSweep> {
  /** As l2fwd's: absent, the first CUDA GPU, else `software`. */
  device?: string;
  /** The dpdk-testpmd to run, as findTestpmd takes it. */
  testpmd?: string;
}

export interface ZeroLossBenchResult extends SweepReport<ZeroLossPoint, ZeroLossRow> {
  bench: 'zero-loss';
  sweep: ZeroLossSweep;
}

/** runL2fwd and runRound, or a test's stand-ins. */
export interface ZeroLossParts extends SweepParts {
  round: Round;
}

/**
 * The highest rate at which no frame is lost, by method, burst and frame size (docs/latency.md).
 * @throws DEVICE_UNKNOWN, TESTPMD_MISSING.
 */
export async function benchZeroLoss(
  { device, testpmd, ...given }: ZeroLossBenchOptions,
  hooks: SweepHooks<ZeroLossBenchResult> = {},
  parts: ZeroLossParts = { run: runL2fwd, round: runRound },
): Promise<ZeroLossBenchResult> {
  const target = targetOf(device);
  const sweep = completeZeroLossSweep(given, target.driver);
  const settings = fixedOf({ verify: false, ...sweep });
  const report: ZeroLossBenchResult = newReport('zero-loss', target, sweep, hooks.command);
  const points = zeroLossPoints(sweep);
  const link = sweep.generators.includes('testpmd') ? new Link(testpmd) : undefined;
  const { seconds, slots } = sweep;
  const lasts = ({ generator }: ZeroLossPoint) =>
    generator === 'testpmd' ? seconds : searchSeconds(sweep);
  const measure = (point: ZeroLossPoint, turn: Turn): Promise<ZeroLossFound | undefined> => {
    const { frameBytes, generator, lineRateGbps, ...place } = point;
    if (link !== undefined && generator === 'testpmd')
      return testpmdTrial(point, { ...link, device: target.device, seconds }, turn, parts.round);
    const later = points.slice(points.indexOf(point) + 1).map(lasts);
    const left = (here: number) => `${clockTime(later.reduce((sum, one) => sum + one, here))} left`;
    const most = lineRateGbps && lineRateMpps(lineRateGbps, frameBytes);
    const offer = { frameBytes, slots, mpps: most };
    const setup = { ...sweep, settings: { ...place, ...settings }, offer, left };
    return searchZeroLoss(setup, turn);
  };
  const series = { report, points, firstRound: 1 as const, lasts, measure, tell };
  const row = (point: ZeroLossPoint, [found]: ZeroLossFound[]) => zeroLossRow(point, found);
  try {
    await runSweep({ ...series, row }, { ...hooks, save: () => hooks.save?.(report) }, parts);
  } finally {
    link?.close();
  }
  return report;
}

/** What testpmd needs as a generator. */
class Link {
  readonly program: string;
  readonly folder: string;

  constructor(testpmd?: string) {
    this.program = findTestpmd(testpmd);
    this.folder = mkdtempSync(join(tmpdir(), 'warpline-link-'));
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function tell({ zeroLossMpps, trials, peaks }: ZeroLossFound): string {
  if (zeroLossMpps === null) {
    const [{ sent, lost, offeredMpps }] = trials;
    return `${lost} of ${sent} lost at ${offeredMpps.toPrecision(4)} Mpps`;
  }
  const peak = spread(peaks).median.toPrecision(4);
  return `zero loss at ${zeroLossMpps.toPrecision(4)} Mpps, peak ${peak}`;
}
