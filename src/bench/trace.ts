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
  /**
   * The same of the fastest tenth of a second of all traced runs and of all others: what neighbours on the
   * machine take from runs is not in this.
   */
  bestRatio: number;
}

export interface TraceBenchResult extends SweepReport<PeakPoint, TraceBenchRow> {
  bench: 'trace';
  sweep: MethodsSweep & Fixed & { frameBytes: number };
}

/** A run, and Mpps of its fastest tenth of a second; of all of it, if it was over by then. */
interface Watched {
  result: L2fwdResult;
  fastest: number;
}

/** The two runs of a turn. */
interface Pair {
  plain: Watched;
  traced: Watched;
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
      const both = [plain, traced];
      const order = turn.round % 2 === 0 ? both : both.toReversed();
      const found = new Map<typeof plain, Watched>();
      for (const one of order) {
        const tenths = new Tenths();
        const result = await one.measure(point, tenths.of(half));
        if (result === undefined) continue;
        found.set(one, { result, fastest: tenths.fastest || result.mpps });
      }
      const [off, on] = both.map((one) => found.get(one));
      return off === undefined || on === undefined ? undefined : { plain: off, traced: on };
    },

    tell: ({ plain: off, traced: on }: Pair) =>
      `${plain.tell(off.result)}, traced ${traced.tell(on.result)}: ` +
      `${(on.result.mpps / off.result.mpps).toFixed(3)}`,
  };
}

function row(point: PeakPoint, measured: Pair[]): TraceBenchRow {
  const runs = measured.map(({ plain }) => plain.result);
  const traced = measured.map((pair) => pair.traced.result.mpps);
  const ratios = measured.map(({ plain }, i) => traced[i] / plain.result.mpps);
  const fastest = (which: keyof Pair) => Math.max(...measured.map((pair) => pair[which].fastest));
  return {
    ...point,
    items: runs[0].items,
    ...rates(runs),
    ...medians('tracedMpps', traced),
    ...medians('ratio', ratios),
    bestRatio: fastest('traced') / fastest('plain'),
    ...notes(runs),
  };
}
