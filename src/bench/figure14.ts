import { METHODS } from '../apps/l2fwd/options.js';
import { type LineRate, lineRates } from './line-rates.js';
import { type MethodsSweep, methodPoints, usualMemory } from './methods-sweep.js';
import { type Fixed, fixedOf } from './peak.js';
import { type PeakPoint, type PeakRow, peakBench } from './peak-bench.js';
import { repeatsFor } from './repeats.js';
import type { SweepHooks, SweepParts } from './sweep.js';
import { newReport, type SweepReport, targetOf } from './sweep-report.js';

export interface Figure14Options extends Partial<MethodsSweep>, Fixed {
  frameBytes: number;
  device?: string;
}

export interface Figure14Result extends SweepReport<PeakPoint, PeakRow> {
  bench: 'figure14';
  sweep: MethodsSweep & Fixed & { frameBytes: number };
  lines: LineRate[];
}

/**
 * Figure 14 of NVIDIA's article: Gbit/s of each method against packets per iteration. `io` and `cpu`
 * are there as references, which the article's figure does not have. @throws DEVICE_UNKNOWN.
 */
export async function benchFigure14(
  { device, ...given }: Figure14Options,
  hooks: SweepHooks<Figure14Result> = {},
  parts?: SweepParts,
): Promise<Figure14Result> {
  const target = targetOf(device);
  const { driver } = target;
  const sweep = {
    methods: [...METHODS],
    memory: usualMemory(driver),
    bursts: driver === 'software' ? [16, 64] : [8, 16, 32, 64, 128, 256],
    pipelines: [1],
    ...repeatsFor(driver),
    ...given,
  };
  const report: Figure14Result = {
    ...newReport('figure14', target, sweep, hooks.command),
    lines: lineRates(given.frameBytes),
  };
  const points = methodPoints(sweep, given.frameBytes);
  return peakBench(report, points, fixedOf(given), hooks, parts);
}
