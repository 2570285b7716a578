import { Device, type DeviceHandle } from '../gpudev/device.js';
import type { ModuleExport } from '../gpudev/driver.js';
import type { BurstFunction, Kernel } from '../kernels/kernel.js';
import { RunState, Stop } from '../lcore/run-state.js';
import type { Posted } from './method.js';
import { Path, type PathShare } from './path.js';
import { type MethodName, methods } from './table.js';

/** What an lcore of a method is started with; plain data. */
export interface LcoreData {
  method: MethodName;
  role: string;
  paths: PathShare[];
  posted: Posted;
  /** Absent for a method that leaves the GPU alone. */
  device?: DeviceHandle;
  /** Module export that is the `Kernel`. */
  kernel: ModuleExport;
  packetTimeNs: number;
}

/** The program of every lcore: takes its part in a method, from attaching to its last packet. */
export async function runLcore(data: LcoreData): Promise<void> {
  const run = RunState.at(data.paths[0].run);
  try {
    const method = methods[data.method];
    const kernel = await importExport<Kernel>(data.kernel);
    const packetFunction = await importExport<BurstFunction>(kernel.software);
    const gpu = data.device === undefined ? undefined : (await Device.attach(data.device)).gpu;
    const expected = 'untouched' in method ? undefined : kernel;
    const paths = data.paths.map((share) => new Path(share, expected, gpu));
    const loop = (method.lcores as Record<string, (work: unknown) => void>)[data.role];
    const { posted, packetTimeNs } = data;
    run.waitForGo();
    loop({ path: paths[0], paths, gpu, posted, packetFunction, packetTimeNs });
  } catch (error) {
    // Whoever waits for this lcore must not wait for ever.
    run.ask(Stop.ABORT);
    throw error;
  }
}

async function importExport<T>(from: ModuleExport): Promise<T> {
  return (await import(from.module))[from.export] as T;
}
