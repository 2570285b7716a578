import { fail } from '../../../errors.js';
import { HostMemory, roundUp } from '../../../memory/memory.js';
import { type Address, native } from '../../../memory/native.js';
import { FreeList } from './free-list.js';

/**
 * Where device memory begins for kernels. Not canonical on x86-64, so that a CPU which takes such
 * an address for its own faults at once instead of reading something else; exact in a number.
 */
export const DEVICE_BASE: Address = 0x000d_0000_0000_0000;

/** Allocations begin at multiples of it, as cuMemAlloc's do (CUDA C++ Programming Guide, 5.3.2). */
export const DEFAULT_ALIGN = 256;
export const MAX_ALIGN = 1 << 20;
/** NVIDIA's for GPUDirect RDMA: what rte_extmem_register is told. */
export const DEVICE_PAGE = 64 << 10;

/**
 * The device's own memory: native memory of this process that kernels see at other addresses.
 *
 *   CPU     base ─────────────┐ offset                DEVICE_BASE + o  ⇔  base + o
 *   device  DEVICE_BASE ──────┘
 *
 * Pages nobody touched cost nothing.
 */
export class Arena {
  private readonly memory: HostMemory;
  private readonly base: Address;
  private readonly ranges: FreeList;
  /** Memory from here on was never given out, hence is zero already. */
  private clean = 0;

  constructor(readonly bytes: number) {
    // Alignment must hold for the CPU's address too: rte_extmem_register checks it there.
    this.memory = new HostMemory(bytes + MAX_ALIGN);
    this.base = roundUp(this.memory.address, MAX_ALIGN);
    this.ranges = new FreeList(bytes);
  }

  /** Zeroed memory; `align` is a power of two up to MAX_ALIGN, 0 for DEFAULT_ALIGN. */
  allocate(bytes: number, align: number): Address {
    const call = 'allocate';
    if (!Number.isSafeInteger(bytes) || bytes <= 0) {
      fail('GPU_ARGUMENT', { call, reason: `${bytes} bytes cannot be allocated` });
    }
    const unit = align === 0 ? DEFAULT_ALIGN : align;
    if (!Number.isInteger(unit) || unit < 1 || unit > MAX_ALIGN || (unit & (unit - 1)) !== 0) {
      const reason = `the alignment ${align} is not a power of two up to ${MAX_ALIGN}`;
      fail('GPU_ARGUMENT', { call, reason });
    }
    // Never less than 16: two allocations share no word, and typed arrays of any width fit.
    const length = roundUp(bytes, 16);
    const offset = this.ranges.take(length, Math.max(unit, 16));
    if (offset === undefined) {
      const { available: free, size: total } = this.ranges;
      return fail('GPU_OUT_OF_MEMORY', { bytes, free, total });
    }
    if (offset < this.clean) this.clear(offset, Math.min(length, this.clean - offset));
    this.clean = Math.max(this.clean, offset + length);
    return DEVICE_BASE + offset;
  }

  /** False when no allocation begins there. */
  free(address: Address): boolean {
    return this.ranges.give(address - DEVICE_BASE) !== undefined;
  }

  /** The CPU's address of a device address. */
  cpuAddress(address: Address): Address {
    return this.base + (address - DEVICE_BASE);
  }

  release(): void {
    this.memory.release();
  }

  private clear(offset: number, bytes: number): void {
    // A view of its own, ended at once: windowAt would keep one per allocation for ever.
    const view = native.memoryView(this.base + offset, bytes);
    new Uint8Array(view).fill(0);
    native.memoryDetach(view);
  }
}
