import { availableParallelism } from 'node:os';
import { fail } from '../../../errors.js';
import type { Gpu, GpuDriver, GpuHandle, GpuInfo, OpenOptions } from '../../driver.js';
import { DEVICE_PAGE } from './arena.js';
import { PROCESSORS_MAX } from './board.js';
import { OpenedGpu } from './opened-gpu.js';
import { PLACES } from './residents.js';
import { SoftwareGpu, type SoftwareHandle } from './software-gpu.js';

const MEMORY = 2 ** 30;

/** As many as leave a CPU for who feeds the device; four already feed more ports than most have. */
function defaultProcessors(): number {
  return Math.max(1, Math.min(4, availableParallelism() - 1));
}

function infoOf(processors: number): GpuInfo {
  return {
    driver: 'software',
    index: 0,
    name: 'warpline software GPU',
    processorCount: processors,
    residentBlocks: processors * PLACES,
    totalMemory: MEMORY,
    pageSize: DEVICE_PAGE,
    numaNode: -1,
    hostThreads: processors,
    cpuMappable: true,
    // `WARPLINE_SOFTWARE=discrete` stands for a GPU across a bus: the CPU is to read none of its memory.
    integrated: process.env.WARPLINE_SOFTWARE !== 'discrete',
  };
}

/**
 * The embedded GPU, TypeScript alone. Its multiprocessors are threads of this process and its
 * memory is native memory, but what a program may rely on is a real GPU's: streams, graphs, kernels
 * that never end, addresses of its own, and a device that is lost after the first fault.
 */
export const softwareDriver: GpuDriver = {
  name: 'software',

  probe(): GpuInfo[] {
    return [infoOf(defaultProcessors())];
  },

  async open(index: number, options: OpenOptions = {}): Promise<Gpu> {
    const call = 'open';
    if (index !== 0) fail('GPU_ARGUMENT', { call, reason: `there is no software:${index}` });
    const processors = options.processors ?? defaultProcessors();
    if (!Number.isInteger(processors) || processors < 1 || processors > PROCESSORS_MAX) {
      const reason = `${processors} multiprocessors are not 1 to ${PROCESSORS_MAX}`;
      fail('GPU_ARGUMENT', { call, reason });
    }
    return OpenedGpu.open(infoOf(processors));
  },

  async attach(handle: GpuHandle): Promise<Gpu> {
    return new SoftwareGpu(handle as SoftwareHandle);
  },
};
