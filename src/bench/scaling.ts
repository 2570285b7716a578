import { METHODS } from '../apps/l2fwd/options.js';
import { type MethodsSweep, methodPoints, usualMemory } from './methods-sweep.js';
import { type Fixed, fixedOf } from './peak.js';
import { type PeakPoint, type PeakRow, peakBench } from './peak-bench.js';
import { repeatsFor } from './repeats.js';
import type { SweepHooks, SweepParts } from './sweep.js';
import { newReport, type SweepReport, targetOf } from './sweep-report.js';

export interface ScalingOptions extends Partial<MethodsSweep>, Fixed {
  frameBytes: number;
  device?: string;
}

export interface ScalingResult extends SweepReport<PeakPoint, PeakRow> {
  bench: 'scaling';
  sweep: MethodsSweep & Fixed & { frameBytes: number };
}

/**
 * Each method with more and more pipelines, each of them a queue with its lcores. Where threads
 * outnumber the CPUs, the row is `crowded`. @throws DEVICE_UNKNOWN.
 */
export async function benchScaling(
  { device, ...given }: ScalingOptions,
  hooks: SweepHooks<ScalingResult> = {},
  parts?: SweepParts,
): Promise<ScalingResult> {
  const target = targetOf(device);
  const { driver } = target;
  const sweep = {
    methods: [...METHODS],
    memory: usualMemory(driver),
    bursts: [64],
    pipelines: driver === 'software' ? [1, 2] : [1, 2, 4, 8],
    ...repeatsFor(driver),
    ...given,
  };
  const report: ScalingResult = newReport('scaling', target, sweep, hooks.command);
  const points = methodPoints(sweep, given.frameBytes);
  return peakBench(report, points, fixedOf(given), hooks, parts);
}
