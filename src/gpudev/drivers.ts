import { fail } from '../errors.js';
import type { GpuDriver, GpuInfo } from './driver.js';
import { cudaDriver } from './drivers/cuda/driver.js';
import { softwareDriver } from './drivers/software/driver.js';

/** What a GPU is opened by: `software`, `cuda:0`. */
export type DeviceSpec = string;

/** A GPU of this machine and the spec that opens it. */
export interface DeviceEntry extends GpuInfo {
  readonly spec: DeviceSpec;
}

/**
 * The drivers, best first: `Device.open()` takes the first GPU found. A driver that is `single` has
 * one GPU always, which goes by the driver's name alone.
 */
const table: readonly { readonly driver: GpuDriver; readonly single?: true }[] = [
  { driver: cudaDriver },
  { driver: softwareDriver, single: true },
];

/** Every GPU of every driver, without opening any. */
export function listGpus(): DeviceEntry[] {
  return table.flatMap(({ driver, single }) =>
    driver.probe().map((info) => ({
      ...info,
      spec: single ? driver.name : `${driver.name}:${info.index}`,
    })),
  );
}

/** The driver and the number that a spec means; without a spec, those of the first GPU there is. */
export function findGpu(spec?: DeviceSpec): { driver: GpuDriver; index: number; spec: DeviceSpec } {
  const gpus = listGpus();
  const wanted = spec ?? gpus[0]?.spec ?? '';
  const [, name, number] = /^([a-z][a-z0-9]*)(?::(\d{1,4}))?$/.exec(wanted) ?? [];
  const gpu = gpus.find((g) => g.driver === name && g.index === Number(number ?? 0));
  const driver = table.find((row) => row.driver.name === name)?.driver;
  if (gpu === undefined || driver === undefined) {
    const known = gpus.some((g) => g.driver === name);
    fail('DEVICE_UNKNOWN', {
      device: wanted,
      reason: known ? `${name} has no such GPU here` : 'no driver here has a GPU of that name',
      devices: gpus.map((g) => g.spec).join(', ') || 'none here',
    });
  }
  return { driver, index: gpu.index, spec: gpu.spec };
}

/** While `work` runs, a GPU is opened again quickly: `hold` of every driver that has it. */
export async function holdingGpus<T>(work: () => Promise<T>): Promise<T> {
  const held = table.flatMap(({ driver }) => driver.hold?.() ?? []);
  try {
    return await work();
  } finally {
    for (const release of held) release();
  }
}

/** The driver that made a handle. */
export function driverNamed(name: string): GpuDriver {
  const row = table.find(({ driver }) => driver.name === name);
  if (row === undefined) {
    const devices = table.map(({ driver }) => driver.name).join(', ');
    fail('DEVICE_UNKNOWN', { device: name, reason: 'no driver is called so', devices });
  }
  return row.driver;
}
