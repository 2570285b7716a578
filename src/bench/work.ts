import type { MethodName } from '../apps/l2fwd/options.js';
import { type Crossover, crossoversOf } from './crossovers.js';
import { type MethodsSweep, methodPoints, usualMemory } from './methods-sweep.js';
import { type Fixed, fixedOf } from './peak.js';
import { type PeakPoint, type PeakRow, peakBench } from './peak-bench.js';
import { repeatsFor } from './repeats.js';
import type { SweepHooks, SweepParts } from './sweep.js';
import { newReport, type SweepReport, targetOf } from './sweep-report.js';

export interface WorkSweep extends MethodsSweep {
  /** Artificial work per packet, in nanoseconds. */
  work: number[];
}

export interface WorkOptions extends Partial<WorkSweep>, Fixed {
  frameBytes: number;
  device?: string;
}

/** Each row has its `packetTimeNs`. */
export interface WorkResult extends SweepReport<PeakPoint, PeakRow> {
  bench: 'work';
  sweep: WorkSweep & Fixed & { frameBytes: number };
  /** Where one method overtakes another, as the rows have it. */
  crossovers: Crossover[];
}

/** `io` does no work. */
const WORKING: MethodName[] = ['cpu', 'serial', 'launch', 'persistent', 'stream', 'graph'];

/**
 * Each method with more and more work per packet, and from how much on one is faster than another:
 * first of all any of the GPU's than the CPU. Bursts of 64 as l2fwd has them: the smaller a burst,
 * the less of it a GPU does side by side, and the later it overtakes. @throws DEVICE_UNKNOWN.
 */
export async function benchWork(
  { device, ...given }: WorkOptions,
  hooks: SweepHooks<WorkResult> = {},
  parts?: SweepParts,
): Promise<WorkResult> {
  const target = targetOf(device);
  const { driver } = target;
  const sweep = {
    methods: WORKING,
    memory: usualMemory(driver),
    bursts: [64],
    pipelines: [1],
    work: driver === 'software' ? [0, 1000, 10_000] : [0, 10, 100, 1000, 10_000, 100_000],
    ...repeatsFor(driver),
    ...given,
  };
  const report: WorkResult = {
    ...newReport('work', target, sweep, hooks.command),
    crossovers: [],
  };
  const points = methodPoints(sweep, given.frameBytes).flatMap((point) =>
    sweep.work.map((packetTimeNs) => ({ ...point, packetTimeNs })),
  );
  return peakBench(report, points, fixedOf(given), hooks, parts, () => {
    report.crossovers = crossoversOf(report.rows);
  });
}
