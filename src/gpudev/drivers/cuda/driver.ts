import { readFileSync } from 'node:fs';
import { fail } from '../../../errors.js';
import type { Gpu, GpuDriver, GpuHandle, GpuInfo } from '../../driver.js';
import { Contexts } from './contexts.js';
import { CudaGpu, type CudaGpuHandle } from './cuda-gpu.js';
import { type CudaNative, cudaNative } from './native.js';
import { OpenedCudaGpu } from './opened-gpu.js';

/** Pages of device memory as a NIC's driver maps them (GPUDirect RDMA guide: 64 KiB). */
const DEVICE_PAGE = 65_536;
/** Volta. Before it threads of a warp did not run on their own, and NVRTC 13 has no older target. */
const OLDEST = 70;

/**
 * Any CUDA GPU from Volta on, through the driver API. Without CUDA there is none, and nothing is
 * said: whoever asks for `cuda:0` by name is told what there is.
 */
export const cudaDriver: GpuDriver = {
  name: 'cuda',

  probe(): GpuInfo[] {
    const native = cudaNative();
    if (typeof native === 'string') return [];
    probed ??= Array.from({ length: native.deviceCount() }, (_, i) => infoOf(native, i)).filter(
      (info) => architectureOf(native, info.index) >= OLDEST,
    );
    return probed;
  },

  async open(index: number): Promise<Gpu> {
    const native = working('open');
    const info = cudaDriver.probe().find((gpu) => gpu.index === index);
    if (info === undefined)
      fail('GPU_ARGUMENT', { call: 'open', reason: `there is no cuda:${index}` });
    return new OpenedCudaGpu(native, info, architectureOf(native, index), contextsOf(native));
  },

  async attach(handle: GpuHandle): Promise<Gpu> {
    return new CudaGpu(handle as CudaGpuHandle, working('attach'));
  },

  hold(): () => void {
    const native = cudaNative();
    return typeof native === 'string' ? () => {} : contextsOf(native).hold();
  },
};

let probed: GpuInfo[] | undefined;
let contexts: Contexts | undefined;

function contextsOf(native: CudaNative): Contexts {
  contexts ??= new Contexts(native);
  return contexts;
}

function working(call: string): CudaNative {
  const native = cudaNative();
  if (typeof native !== 'string') return native;
  return fail('CUDA_FAILED', { call, reason: native });
}

function architectureOf(native: CudaNative, index: number): number {
  const { major, minor } = native.deviceInfo(index);
  return 10 * major + minor;
}

function infoOf(native: CudaNative, index: number): GpuInfo {
  const { name, bus, memory, processors, threads } = native.deviceInfo(index);
  return {
    driver: 'cuda',
    index,
    name,
    processorCount: processors,
    // Of any kernel that needs no more than the registers there are: a block has 1024 threads at most.
    residentBlocks: processors * Math.floor(threads / 1024),
    totalMemory: memory,
    pageSize: DEVICE_PAGE,
    numaNode: numaNodeOf(bus),
    hostThreads: 0,
    cpuMappable: false,
    integrated: false,
  };
}

/** What sysfs says of the PCI device; -1 where it says nothing. */
function numaNodeOf(bus: string): number {
  try {
    return Number(readFileSync(`/sys/bus/pci/devices/${bus.toLowerCase()}/numa_node`, 'utf8'));
  } catch {
    return -1;
  }
}
