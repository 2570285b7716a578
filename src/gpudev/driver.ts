import type { Address } from '../memory/native.js';

/**
 * The one interface a GPU implements. A driver is a struct of functions: the code above it
 * (src/gpudev, src/methods) runs unchanged over each of them, and one test suite runs over all.
 *
 * Two kinds of calls:
 * - control calls, from the thread that opened the GPU;
 * - data-plane calls (marked ▸), from any thread that attached. They allocate nothing, return
 *   without waiting for the device (except `synchronize`), and throw once the device is lost.
 */

/** What `rte_gpu_info` tells, and what the methods need to know beside it. */
export interface GpuInfo {
  /** The driver's name: `software`, `cuda`. */
  readonly driver: string;
  /** The driver's number for it: the 0 of `cuda:0`. */
  readonly index: number;
  readonly name: string;
  /** Multiprocessors. */
  readonly processorCount: number;
  /** Blocks that never end which may be resident at once, over all streams. */
  readonly residentBlocks: number;
  /** Bytes of device memory. */
  readonly totalMemory: number;
  /** Bytes of a device memory page. */
  readonly pageSize: number;
  /** NUMA node, -1 where unknown. */
  readonly numaNode: number;
  /** Threads of this machine's CPUs the device keeps busy; 0 for a real GPU. */
  readonly hostThreads: number;
  /**
   * Whether `cpuMap` works on memory allocated as `mappable`. What it takes an open GPU to find out
   * is false before that, and in threads that only attached.
   */
  readonly cpuMappable: boolean;
  /**
   * Whether device memory is host memory: `cpuMap` works on all of it, and the CPU reads it as fast
   * as its own. Across a bus, reads take a microsecond each.
   */
  readonly integrated: boolean;
}

export type StreamId = number;
export type KernelId = number;
export type GraphId = number;
export type EventId = number;

/** How `waitValue` compares the word with the value, as `cuStreamWaitValue32` does. */
export const Compare = {
  /** Signed: (word - value) >= 0, so that a counter may wrap. */
  GEQ: 0,
  EQ: 1,
  /** (word & value) != 0 */
  AND: 2,
  /** ~(word | value) != 0 */
  NOR: 3,
} as const;
export type Compare = (typeof Compare)[keyof typeof Compare];

/** An exported value of a JavaScript module: how worker threads are told which function to run. */
export interface ModuleExport {
  /** URL of the module (`import.meta.url`, or `file:` of a user's). */
  readonly module: string;
  readonly export: string;
}

/** A kernel as a driver loads it. Each driver takes its own side. */
export interface KernelSource {
  readonly name: string;
  /**
   * The software side: a `SoftwareKernel` (drivers/software/block.ts), or, with `wraps`, a function
   * that is given the wrapped export and returns a `SoftwareKernel`.
   */
  readonly software?: ModuleExport & { readonly wraps?: ModuleExport };
  /** The CUDA side … */
  readonly cuda?: CudaSource;
  /** … or that side compiled before. */
  readonly cudaImage?: CudaImage;
}

/** A kernel in CUDA C++. */
export interface CudaSource {
  readonly source: string;
  /** Its `extern "C" __global__` function, whose arguments are 64 bits each … */
  readonly entry: string;
  /** … or any other `__global__` function, `entry` being its C++ name. */
  readonly mangled?: true;
  /** Threads of a block. */
  readonly threads: number;
  /** The file it comes from: messages name it, and `#include "…"` begins in its folder. */
  readonly file?: string;
}

/** A kernel compiled: a cubin, or PTX. */
export interface CudaImage {
  readonly image: Uint8Array;
  /** The name the image has for it. */
  readonly entry: string;
  readonly threads: number;
}

/** Kernel arguments: at most this many, 64 bits each; addresses and integers as numbers. */
export const KERNEL_ARGS = 8;

/** Words that one `writeValues` stores at most: cuStreamBatchMemOp takes fewer than 256. */
export const WRITES_MAX = 128;

/** One node of a graph; `after` lists the nodes (indexes) that must have finished before it. */
export type GraphNode = { readonly after: readonly number[] } & (
  | {
      readonly type: 'kernel';
      readonly kernel: KernelId;
      readonly blocks: number;
      readonly args: readonly number[];
    }
  | {
      readonly type: 'wait';
      readonly address: Address;
      readonly value: number;
      readonly compare: Compare;
    }
  | { readonly type: 'write'; readonly address: Address; readonly value: number }
  | { readonly type: 'copy'; readonly to: Address; readonly from: Address; readonly bytes: number }
);

/** Why a device is lost. After one of these every call on it fails, as on a real GPU. */
export interface GpuFault {
  /** `illegal-address`: a kernel or copy touched memory the device does not know. */
  readonly kind: 'illegal-address' | 'launch-failure';
  /** The driver's own words, one line. */
  readonly message: string;
  /** The kernel that failed, where known. */
  readonly kernel?: string;
}

/** Survives `postMessage`: what another thread needs to attach. */
export type GpuHandle = { readonly driver: string } & Record<string, unknown>;

export interface GpuDriver {
  readonly name: string;
  /** The GPUs of this driver on this machine, without opening any; empty where it cannot work. */
  probe(): GpuInfo[];
  open(index: number, options?: OpenOptions): Promise<Gpu>;
  /** The same GPU in another thread: data-plane calls only. */
  attach(handle: GpuHandle): Promise<Gpu>;
  /**
   * For whoever opens a GPU again and again: until what it returns is called, a GPU that closes well
   * leaves what is dear to make (a CUDA context), emptied, to the next opening in this process.
   */
  hold?(): () => void;
}

export interface OpenOptions {
  /** `software` only: how many multiprocessors (worker threads) to make. */
  readonly processors?: number;
}

export interface AllocateOptions {
  /** For `cpuMap`: a driver may have to take such memory from elsewhere. */
  readonly mappable?: boolean;
}

export interface Gpu {
  readonly info: GpuInfo;
  readonly handle: GpuHandle;
  /** Ends everything that runs on the GPU and gives all its resources back. */
  close(): Promise<void>;

  /** Device memory, zeroed. `align`: a power of two, 0 for the driver's default. */
  allocate(bytes: number, align?: number, options?: AllocateOptions): Address;
  free(address: Address): void;
  /** Lets the device reach host memory; returns the address at which kernels see it. */
  register(address: Address, bytes: number): Address;
  unregister(address: Address): void;
  /** CPU address of memory that was allocated as `mappable`. */
  cpuMap(address: Address, bytes: number): Address;
  cpuUnmap(address: Address): void;
  /** ▸ Makes earlier CPU writes into device memory visible before later ones (`rte_gpu_wmb`). */
  writeBarrier(): void;

  /** Compiles or imports a kernel and puts it on the device: do it before anything runs there. */
  load(source: KernelSource): Promise<KernelId>;

  /** In-order queue of work; works of different streams run side by side. One submitter each. */
  createStream(): StreamId;
  destroyStream(stream: StreamId): void;
  /** ▸ `args` (KERNEL_ARGS numbers) is copied before this returns. */
  launch(stream: StreamId, kernel: KernelId, blocks: number, args: Float64Array): void;
  /** ▸ What follows on the stream starts once the 32-bit word compares true. */
  waitValue(stream: StreamId, address: Address, value: number, compare: Compare): void;
  /** ▸ Stores a 32-bit word after all earlier work of the stream, and its writes, are done. */
  writeValue(stream: StreamId, address: Address, value: number): void;
  /**
   * ▸ `count` such stores in one submission, one after the other in this order: `writes` holds an
   * address and a value for each, and is copied before this returns. At most WRITES_MAX.
   */
  writeValues(stream: StreamId, writes: Float64Array, count: number): void;
  /** ▸ Between host and device memory, or within one. */
  copy(stream: StreamId, to: Address, from: Address, bytes: number): void;
  /** ▸ Whether everything submitted to the stream is done. */
  idle(stream: StreamId): boolean;
  /**
   * ▸ Blocks this thread until the stream is idle, or throws when the device is lost. Error:
   * GPU_STUCK when it is not idle after `limitMs`.
   */
  synchronize(stream: StreamId, limitMs?: number): void;

  createEvent(): EventId;
  destroyEvent(event: EventId): void;
  /** ▸ Takes the device's time when the stream gets there. */
  recordEvent(stream: StreamId, event: EventId): void;
  /** Milliseconds between two recorded events that were reached; NaN if one was not. */
  elapsed(from: EventId, to: EventId): number;

  /** Instantiates a graph. One launch of it runs at a time; a second waits for the first. */
  createGraph(nodes: readonly GraphNode[]): GraphId;
  destroyGraph(graph: GraphId): void;
  /** ▸ Runs the whole graph as one work of the stream; branches run side by side. */
  launchGraph(stream: StreamId, graph: GraphId): void;

  /**
   * Declares the device lost because what runs there does not end: every call, in every thread and
   * also one that waits, throws from now on. `close` then waits for nothing.
   */
  abandon(): void;
  /** ▸ Why the device is lost, or undefined while it is well. Cheap: lcores ask when idle. */
  fault(): GpuFault | undefined;
}
