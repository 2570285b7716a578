import type { MemoryKind } from '../apps/l2fwd/options.js';
import { type Fixed, fixedOf } from './peak.js';
import { type PeakPoint, type PeakRow, peakBench } from './peak-bench.js';
import { type Repeats, repeatsFor } from './repeats.js';
import type { SweepHooks, SweepParts } from './sweep.js';
import { newReport, type SweepReport, targetOf } from './sweep-report.js';

export interface Figure13Sweep extends Repeats {
  memory: MemoryKind[];
  /** Lengths of frames in bytes. */
  sizes: number[];
  bursts: number[];
  pipelines: number[];
}

export interface Figure13Options extends Partial<Figure13Sweep>, Fixed {
  device?: string;
}

export interface Figure13Result extends SweepReport<PeakPoint, PeakRow> {
  bench: 'figure13';
  sweep: Figure13Sweep & Fixed;
}

const SWEEP = {
  memory: ['host', 'gpu'] satisfies MemoryKind[],
  sizes: [64, 128, 256, 512, 1024, 1280, 1518, 9000],
  bursts: [64],
  pipelines: [1],
};

/**
 * Figure 13 of NVIDIA's article: peak forwarding with nobody touching a packet (`io`), buffers in
 * CPU memory against buffers in GPU memory, over frame sizes. @throws DEVICE_UNKNOWN.
 */
export async function benchFigure13(
  { device, ...given }: Figure13Options,
  hooks: SweepHooks<Figure13Result> = {},
  parts?: SweepParts,
): Promise<Figure13Result> {
  const target = targetOf(device);
  const fixed = fixedOf(given);
  const sweep = { ...SWEEP, ...repeatsFor(target.driver), ...given };
  const report: Figure13Result = newReport('figure13', target, sweep, hooks.command);
  return peakBench(report, pointsOf(sweep), fixed, hooks, parts);
}

/** The memories next to each other: as every other round goes backwards, each goes first in turn. */
function pointsOf({ memory, sizes, bursts, pipelines }: Figure13Sweep): PeakPoint[] {
  return pipelines.flatMap((pairs) =>
    bursts.flatMap((burst) =>
      sizes.flatMap((frameBytes) =>
        memory.map(
          (kind): PeakPoint => ({
            method: 'io',
            memory: kind,
            frameBytes,
            burst,
            pipelines: pairs,
          }),
        ),
      ),
    ),
  );
}
