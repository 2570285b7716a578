import { METHODS } from '../apps/l2fwd/options.js';
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

/** A line rate to draw into the figure, in Gbit/s of frame bytes. */
export interface LineRate {
  name: string;
  gbps: number;
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

/** Preamble and start delimiter, and the gap between frames (IEEE 802.3, 4.2.3.2 and 4.4.2). */
const AROUND_BYTES = 8 + 12;
/** The frame check sequence: on the wire, but not among DPDK's frame bytes, so not among ours. */
const FCS_BYTES = 4;

/** What an Ethernet can carry of frames of that length, as this program counts their bytes. */
export function lineRates(frameBytes: number): LineRate[] {
  const share = frameBytes / (frameBytes + FCS_BYTES + AROUND_BYTES);
  return [100, 200, 400].map((rate) => ({ name: `${rate} GbE`, gbps: rate * share }));
}
