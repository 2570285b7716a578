import { Device, type DeviceHandle } from '../gpudev/device.js';
import type { Gpu, ModuleExport } from '../gpudev/driver.js';
import type { BurstFunction, Declared, Kernel } from '../kernels/kernel.js';
import { RunState, Stop } from '../lcore/run-state.js';
import { atBothEnds } from './both-ends.js';
import type { Method, Posted } from './method.js';
import { Path, type PathShare } from './path.js';
import { type MethodName, methods } from './table.js';
import { traceGpu } from './traced.js';

/** What an lcore of a method is started with; plain data. */
export interface LcoreData {
  method: MethodName;
  role: string;
  paths: PathShare[];
  posted: Posted;
  /** Absent for a method that leaves the GPU alone. */
  device?: DeviceHandle;
  /** How to find the `Kernel`. */
  kernel: Declared;
  packetTimeNs: number;
  /** A `BurstFunction` for the headers of split frames. */
  headers?: ModuleExport;
}

/** The program of every lcore: takes its part in a method, from attaching to its last packet. */
export async function runLcore(data: LcoreData): Promise<void> {
  const run = RunState.at(data.paths[0].run);
  try {
    const declared: Method = methods[data.method];
    const method = data.paths[0].together ? atBothEnds(declared) : declared;
    const kernel = await importKernel(data.kernel);
    const packetFunction = await softwareSide(kernel);
    const gpu = data.device === undefined ? undefined : await attach(data.device, data);
    const expected = method.untouched ? undefined : kernel;
    const { headers } = data;
    const onHeaders = headers && (await importExport<BurstFunction>(headers));
    const paths = data.paths.map((share) => new Path(share, expected, gpu, onHeaders));
    const loop = method.lcores[data.role] as (work: unknown) => void;
    const { posted, packetTimeNs } = data;
    paths[0].rehearse();
    run.waitForGo();
    loop({ path: paths[0], paths, gpu, posted, packetFunction, packetTimeNs });
  } catch (error) {
    // Whoever waits for this lcore must not wait for ever.
    run.ask(Stop.ABORT);
    throw error;
  }
}

async function attach(device: DeviceHandle, { role, paths }: LcoreData): Promise<Gpu> {
  const { gpu } = await Device.attach(device);
  traceGpu(gpu, role, paths[0]);
  return gpu;
}

async function importKernel(declared: Declared): Promise<Kernel> {
  const { of } = declared;
  if (of === undefined) return importExport<Kernel>(declared);
  return (await importExport<(from: typeof of) => Kernel>(declared))(of);
}

/** Absent for a kernel that runs on a CUDA GPU only, or only as a whole. */
async function softwareSide({ software, form }: Kernel): Promise<BurstFunction | undefined> {
  return software && form !== 'item' ? importExport<BurstFunction>(software) : undefined;
}

async function importExport<T>(from: ModuleExport): Promise<T> {
  return (await import(from.module))[from.export] as T;
}
