import type { KernelSource, ModuleExport } from '../../driver.js';
import type { SoftwareKernel } from './block.js';

/** A kernel as a multiprocessor has it. */
export interface LoadedKernel {
  readonly name: string;
  readonly run: SoftwareKernel;
}

type Exported = Record<string, unknown>;

/** Imports the software side of a kernel; throws an Error that says what is not there. */
export async function importKernel(source: KernelSource): Promise<LoadedKernel> {
  if (source.software === undefined) throw new Error('it has no software side');
  const { wraps } = source.software;
  const own = await importFunction(source.software);
  if (wraps === undefined) return { name: source.name, run: own as SoftwareKernel };
  const run = own(await importExport(wraps));
  if (typeof run !== 'function') {
    throw new Error(`${source.software.export} returned ${typeof run}, not a kernel`);
  }
  return { name: source.name, run: run as SoftwareKernel };
}

async function importFunction(from: ModuleExport): Promise<(...args: unknown[]) => unknown> {
  const value = await importExport(from);
  if (typeof value !== 'function') {
    throw new Error(`its export ${from.export} is ${typeof value}, not a function`);
  }
  return value as (...args: unknown[]) => unknown;
}

async function importExport(from: ModuleExport): Promise<unknown> {
  const module = (await import(from.module)) as Exported;
  if (!(from.export in module)) throw new Error(`${from.module} has no export ${from.export}`);
  return module[from.export];
}
