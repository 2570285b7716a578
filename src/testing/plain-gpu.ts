import type { Gpu, GpuFault, GpuInfo } from '../gpudev/driver.js';
import { HostMemory } from '../memory/memory.js';
import type { Address } from '../memory/native.js';

/** How a PlainGpu behaves; the defaults are a well-behaved one. */
export interface PlainGpuOptions {
  readonly cpuMappable?: boolean;
  /** Whether all of its memory can be mapped; else what was allocated for it. */
  readonly integrated?: boolean;
  readonly totalMemory?: number;
  /** Added to host addresses by `register`: a GPU that sees host memory elsewhere than the CPU. */
  readonly shift?: number;
  /** What the named calls throw. */
  readonly failing?: Partial<Record<keyof Gpu, Error>>;
}

/**
 * A GPU that has memory and nothing else, for tests of what lies above the driver: it can refuse,
 * fail and be lost at will, and it tells what was asked of it. Work on streams is beyond it.
 */
export class PlainGpu implements Gpu {
  readonly info: GpuInfo;
  readonly handle = { driver: 'plain' };
  readonly allocated = new Map<Address, HostMemory>();
  readonly registered = new Map<Address, number>();
  readonly mapped = new Set<Address>();
  barriers = 0;
  closed = 0;
  lost: GpuFault | undefined;

  constructor(private readonly options: PlainGpuOptions = {}) {
    this.info = {
      driver: 'plain',
      index: 0,
      name: 'memory alone',
      processorCount: 0,
      residentBlocks: 0,
      totalMemory: options.totalMemory ?? 1 << 20,
      pageSize: 4096,
      numaNode: -1,
      hostThreads: 0,
      cpuMappable: options.cpuMappable ?? true,
      integrated: options.integrated ?? true,
    };
  }

  async close(): Promise<void> {
    this.closed++;
    this.#mayFail('close');
  }

  allocate(bytes: number): Address {
    this.#mayFail('allocate');
    const memory = new HostMemory(bytes);
    this.allocated.set(memory.address, memory);
    return memory.address;
  }

  free(address: Address): void {
    this.#mayFail('free');
    this.allocated.get(address)?.release();
    this.allocated.delete(address);
  }

  register(address: Address, bytes: number): Address {
    this.#mayFail('register');
    this.registered.set(address, bytes);
    return address + (this.options.shift ?? 0);
  }

  unregister(address: Address): void {
    this.#mayFail('unregister');
    this.registered.delete(address);
  }

  cpuMap(address: Address): Address {
    this.#mayFail('cpuMap');
    this.mapped.add(address);
    return address;
  }

  cpuUnmap(address: Address): void {
    this.#mayFail('cpuUnmap');
    this.mapped.delete(address);
  }

  writeBarrier(): void {
    this.#mayFail('writeBarrier');
    this.barriers++;
  }

  fault(): GpuFault | undefined {
    return this.lost;
  }

  abandon(): void {
    this.lost = { kind: 'launch-failure', message: 'it was given up' };
  }

  load = never;
  createStream = never;
  destroyStream = never;
  launch = never;
  waitValue = never;
  writeValue = never;
  writeValues = never;
  copy = never;
  idle = never;
  synchronize = never;
  createEvent = never;
  destroyEvent = never;
  recordEvent = never;
  elapsed = never;
  createGraph = never;
  destroyGraph = never;
  launchGraph = never;

  #mayFail(call: keyof Gpu): void {
    const error = this.options.failing?.[call];
    if (error !== undefined) throw error;
  }
}

function never(): never {
  throw new Error('a PlainGpu runs nothing');
}
