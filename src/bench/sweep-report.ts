import { findGpu } from '../gpudev/drivers.js';
import { type Machine, type Origin, origin } from './machine.js';
import type { Place } from './points.js';
import type { Repeats } from './repeats.js';

/** Points the device, or the memory, does not allow, and why. */
export type Skipped<P> = Partial<P> & { reason: string };

/** What `warpline bench …` reports of a sweep (DESIGN §6); a bench adds fields of its own. */
export interface SweepReport<P extends Place, Row extends object> extends Origin {
  bench: string;
  machine: Machine & { device: string; gpu: string };
  /** What was asked for, defaults included. */
  sweep: Repeats;
  rows: Row[];
  skipped: Skipped<P>[];
  /** Ctrl-C ended it: the rows are of the runs that were over by then. */
  interrupted?: true;
  /** What ended it early; the rows are of the runs that were over by then. */
  error?: { code: string; message: string; point?: string };
}

/** Where a sweep runs. */
export interface Target {
  /** `software`, `cuda:0`, … */
  device: string;
  /** The name its maker gave it. */
  gpu: string;
  driver: string;
}

/** The device of that name; absent, the first CUDA GPU, else `software`. @throws DEVICE_UNKNOWN. */
export function targetOf(name?: string): Target {
  const { driver, index, spec } = findGpu(name);
  const gpu = driver.probe().find((info) => info.index === index)?.name ?? spec;
  return { device: spec, gpu, driver: driver.name };
}

/** A report that is still empty. */
export function newReport<Bench extends string, Sweep extends Repeats>(
  bench: Bench,
  { device, gpu }: Target,
  sweep: Sweep,
  command?: string,
) {
  const own = origin(command);
  return {
    bench,
    ...own,
    machine: { ...own.machine, device, gpu },
    sweep,
    rows: [],
    skipped: [],
  };
}
