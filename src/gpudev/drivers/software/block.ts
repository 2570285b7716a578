import type { Window } from '../../../memory/memory.js';

/**
 * What a kernel of the software device sees: the counterpart of blockIdx, gridDim and global memory.
 * The driver makes one per running block; kernels keep it for as long as they run.
 */
export interface Block {
  /** This block's number, 0 to count - 1. */
  readonly index: number;
  /** Blocks of the launch. */
  readonly count: number;
  /** The launch's arguments, KERNEL_ARGS of them. */
  readonly args: Float64Array;
  readonly memory: DeviceMemory;
}

/**
 * The device's address space: its own memory and the host memory registered with it. Addresses of
 * device memory are not addresses of the CPU: mixing them up is an illegal address here, as there.
 */
export interface DeviceMemory {
  /**
   * The span of memory that holds [address, address + bytes), as a window of the multiprocessor's:
   * offset of a device address in it: `(lowWord - span.origin) >>> 0`. Throws an illegal-address
   * fault, which loses the device, when no allocation or registration covers it all.
   */
  span(address: number, bytes: number): DeviceSpan;
  /** The same for an address in two words, as it stands in memory. */
  spanOf(low: number, high: number, bytes: number): DeviceSpan;
}

/** A registered or allocated span: device addresses [address, address + bytes). */
export interface DeviceSpan {
  readonly address: number;
  readonly bytes: number;
  /** Low and high word of `address`. */
  readonly origin: number;
  readonly high: number;
  /** Typed arrays over the span; index 0 is `address`. */
  readonly window: Window;
}

/**
 * A kernel's software side, run once per block. A plain function occupies its multiprocessor until
 * it returns; a generator gives way to other blocks at each `yield` (it yields `true` after doing
 * work, `false` when it found nothing to do), so that kernels that never end can live side by side.
 */
export type SoftwareKernel = (block: Block) => undefined | void | Generator<boolean, void, void>;
