import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { METHODS } from '../apps/l2fwd/options.js';
import type { L2fwdResult } from '../apps/l2fwd/result.js';
import { type MethodsSweep, methodPoints, usualMemory } from './methods-sweep.js';
import { type Fixed, fixedOf, nullPort, peakRuns } from './peak.js';
import type { PeakPoint, PeakRow } from './peak-bench.js';
import { notes, rates } from './rates.js';
import { repeatsFor } from './repeats.js';
import { medians } from './spread.js';
import { runSweep, type SweepHooks, type SweepParts, type Turn } from './sweep.js';
import { newReport, type SweepReport, targetOf } from './sweep-report.js';
import { Tenths } from './tenths.js';

export interface TraceBenchOptions extends Partial<MethodsSweep>, Fixed {
  frameBytes: number;
  device?: string;
}

/** `mpps` is without `--trace`; the ratio is that of a round's two runs, traced ÷ plain. */
export interface TraceBenchRow extends PeakRow {
  tracedMpps: number;
  tracedMppsMin: number;
  tracedMppsMax: number;
  ratio: number;
  ratioMin: number;
  ratioMax: number;
  /** The same of the fastest tenth of a second of each run: what neighbours take from it is not in this. */
  bestRatio: number;
  bestRatioMin: number;
  bestRatioMax: number;
}

export interface TraceBenchResult extends SweepReport<PeakPoint, TraceBenchRow> {
  bench: 'trace';
  sweep: MethodsSweep & Fixed & { frameBytes: number };
}

/** The two runs of a turn, and the ratio of their fastest tenths of a second. */
interface Pair {
  plain: L2fwdResult;
  traced: L2fwdResult;
  best: number;
}

/**
 * What `l2fwd --trace` costs: each point twice a round, with and without it, in turn first.
 * @throws DEVICE_UNKNOWN.
 */
export async function benchTrace(
  { device, ...given }: TraceBenchOptions,
  hooks: SweepHooks<TraceBenchResult> = {},
  parts?: SweepParts,
): Promise<TraceBenchResult> {
  const target = targetOf(device);
  const { driver } = target;
  const sweep = {
    methods: [...METHODS],
    memory: usualMemory(driver),
    bursts: [32],
    pipelines: [1],
    ...repeatsFor(driver),
    ...given,
  };
  const report: TraceBenchResult = newReport('trace', target, sweep, hooks.command);
  const points = methodPoints(sweep, given.frameBytes);
  const folder = mkdtempSync(join(tmpdir(), 'warpline-trace-'));
  try {
    const series = { report, points, ...pairs(report, fixedOf(given), join(folder, 'trace')), row };
    await runSweep(series, { ...hooks, save: () => hooks.save?.(report) }, parts);
  } finally {
    rmSync(folder, { recursive: true });
  }
  return report;
}

/** How a point is measured: as peak.ts does it, twice. */
function pairs({ sweep }: TraceBenchResult, fixed: Fixed, trace: string) {
  const settings = ({ frameBytes, ...point }: PeakPoint) => ({
    ...point,
    ...nullPort(frameBytes),
    ...fixed,
  });
  const plain = peakRuns(sweep.seconds, settings);
  const traced = peakRuns(sweep.seconds, (point: PeakPoint) => ({ ...settings(point), trace }));
  return {
    lasts: (point: PeakPoint, round: number) => 2 * plain.lasts(point, round),

    async measure(point: PeakPoint, turn: Turn): Promise<Pair | undefined> {
      const half = { ...turn, seconds: turn.seconds / 2 };
      const [off, on] = [new Watched(plain), new Watched(traced)];
      for (const one of turn.round % 2 === 0 ? [off, on] : [on, off])
        await one.measure(point, half);
      if (off.result === undefined || on.result === undefined) return undefined;
      return { plain: off.result, traced: on.result, best: on.best / off.best };
    },

    tell: ({ plain: off, traced: on, best }: Pair) =>
      `${plain.tell(off)}, traced ${traced.tell(on)}: ${(on.mpps / off.mpps).toFixed(3)}, ` +
      `fastest tenths ${best.toFixed(3)}`,
  };
}

/** One of them. */
class Watched {
  result?: L2fwdResult;
  private readonly tenths = new Tenths();

  constructor(private readonly runs: ReturnType<typeof peakRuns<PeakPoint>>) {}

  async measure(point: PeakPoint, turn: Turn): Promise<void> {
    this.result = await this.runs.measure(point, this.tenths.of(turn));
  }

  /** Mpps of its fastest tenth of a second; of a run that was over by then, of all of it. */
  get best(): number {
    return this.tenths.fastest || (this.result?.mpps ?? 0);
  }
}

function row(point: PeakPoint, measured: Pair[]): TraceBenchRow {
  const runs = measured.map(({ plain }) => plain);
  const traced = measured.map((pair) => pair.traced.mpps);
  const ratios = measured.map((pair) => pair.traced.mpps / pair.plain.mpps);
  return {
    ...point,
    items: runs[0].items,
    ...rates(runs),
    ...medians('tracedMpps', traced),
    ...medians('ratio', ratios),
    ...medians(
      'bestRatio',
      measured.map(({ best }) => best),
    ),
    ...notes(runs),
  };
}
