import { runL2fwd } from '../apps/l2fwd/run.js';
import { type FloorRow, measureFloor } from './floor.js';
import { type MethodsRow, methodsRow } from './methods-row.js';
import { type Fixed, fixedOf, nullPort, peakRuns } from './peak.js';
import { completeSweep, type Point, pointsOf, type Sweep } from './points.js';
import { runSweep, type SweepHooks, type SweepParts } from './sweep.js';
import { newReport, type SweepReport, targetOf } from './sweep-report.js';

export interface MethodsBenchOptions extends Partial<Sweep>, Fixed {
  frameBytes: number;
  /** As l2fwd's: absent, the first CUDA GPU, else `software`. */
  device?: string;
}

export interface MethodsBenchResult extends SweepReport<Point, MethodsRow> {
  bench: 'methods';
  sweep: Sweep & Fixed & { frameBytes: number };
  /** The device and its driver alone, by the same calls from one thread. */
  floor: FloorRow[];
}

/** runL2fwd and measureFloor, or a test's stand-ins. */
export interface MethodsBenchParts extends SweepParts {
  floor: typeof measureFloor;
}

/**
 * Every method over memory kinds, bursts and pipelines on one net_null port, all in this process,
 * beside the floor that the device sets. @throws DEVICE_UNKNOWN.
 */
export async function benchMethods(
  options: MethodsBenchOptions,
  hooks: SweepHooks<MethodsBenchResult> = {},
  parts: MethodsBenchParts = { run: runL2fwd, floor: measureFloor },
): Promise<MethodsBenchResult> {
  const { device, ...given } = options;
  const { frameBytes } = given;
  const target = targetOf(device);
  const fixed = fixedOf(given);
  const sweep = { ...completeSweep(given, target.driver), frameBytes, ...fixed };
  const report: MethodsBenchResult = {
    ...newReport('methods', target, sweep, hooks.command),
    floor: [],
  };
  const settings = (point: Point) => ({ ...point, ...nullPort(frameBytes), ...fixed });
  await runSweep(
    {
      report,
      points: pointsOf(sweep),
      async first({ say, stop }) {
        say('the floor: what the device does by itself');
        report.floor = await parts.floor(target.device, stop);
      },
      ...peakRuns(sweep.seconds, settings),
      row: (point, runs) => methodsRow(point, frameBytes, runs),
    },
    { ...hooks, save: () => hooks.save?.(report) },
    parts,
  );
  return report;
}
