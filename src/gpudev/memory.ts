import { type ErrorCode, fail, WarplineError } from '../errors.js';
import { HostMemory } from '../memory/memory.js';
import type { Address } from '../memory/native.js';
import type { AllocateOptions, Gpu } from './driver.js';

/** `NULL`: what asking for nothing gives, and what may be given back without effect. */
export const NULL: Address = 0;

interface Allocation {
  readonly bytes: number;
  /** Whether it was allocated to be mapped. */
  readonly mappable: boolean;
  /** Where the CPU sees it, NULL while it is not mapped. */
  mapped: Address;
}

/**
 * The memory that one device has given out. It knows each piece, so that what was never given out
 * is refused the same way over every driver, and closing the device gives all of it back.
 */
export class MemoryTable {
  readonly #allocations = new Map<Address, Allocation>();
  readonly #registrations = new Map<Address, number>();

  constructor(
    readonly gpu: Gpu,
    readonly device: string,
  ) {}

  allocate(bytes: number, align: number, options: AllocateOptions = {}): Address {
    checkSize('allocate', bytes);
    if (bytes === 0) return NULL;
    if (!Number.isSafeInteger(align) || align < 0 || (align > 0 && !isPowerOfTwo(align)))
      refuse('allocate', 'align', `${align} is neither 0 nor a power of two`, 'EINVAL');
    const limit = this.gpu.info.totalMemory;
    if (bytes > limit)
      refuse('allocate', 'bytes', `${bytes} is more than the device's ${limit}`, 'E2BIG');
    const address = this.#driver('allocate', () => this.gpu.allocate(bytes, align, options));
    this.#allocations.set(address, { bytes, mappable: options.mappable ?? false, mapped: NULL });
    return address;
  }

  free(address: Address): void {
    if (address === NULL) return;
    if (this.#allocation(address).mapped !== NULL)
      fail('MEMORY_MAPPED', { address: hex(address), device: this.device, errno: 'EPERM' });
    this.#driver('free', () => this.gpu.free(address));
    this.#allocations.delete(address);
  }

  register(address: Address, bytes: number): Address {
    checkSize('register', bytes);
    if (address === NULL || bytes === 0) return NULL;
    const seen = this.#driver('register', () => this.gpu.register(address, bytes));
    this.#registrations.set(address, bytes);
    return seen;
  }

  unregister(address: Address): void {
    if (address === NULL) return;
    if (!this.#registrations.has(address)) this.#unknown(address, 'registered host memory');
    this.#driver('unregister', () => this.gpu.unregister(address));
    this.#registrations.delete(address);
  }

  cpuMap(address: Address, bytes: number): Address {
    checkSize('cpuMap', bytes);
    this.#needMapping();
    if (address === NULL || bytes === 0) return NULL;
    const allocation = this.#allocation(address);
    const { mapped, bytes: limit } = allocation;
    if (!allocation.mappable && !this.gpu.info.integrated) this.#notMappable(address);
    if (mapped !== NULL)
      fail('MEMORY_MAPPED', { address: hex(address), device: this.device, errno: 'EPERM' });
    if (bytes > limit)
      refuse('cpuMap', 'bytes', `${bytes} is more than the ${limit} allocated`, 'E2BIG');
    allocation.mapped = this.#driver('cpuMap', () => this.gpu.cpuMap(address, bytes));
    return allocation.mapped;
  }

  cpuUnmap(address: Address): void {
    this.#needMapping();
    if (address === NULL) return;
    const allocation = this.#allocation(address);
    if (allocation.mapped === NULL) this.#unknown(address, 'CPU-mapped memory');
    this.#driver('cpuUnmap', () => this.gpu.cpuUnmap(address));
    allocation.mapped = NULL;
  }

  /** Gives everything back, piece by piece: for a child, whose GPU lives on. */
  releaseAll(failures: unknown[]): void {
    for (const [address, { mapped }] of this.#allocations)
      attempt(failures, () => {
        if (mapped !== NULL) this.cpuUnmap(address);
        this.free(address);
      });
    for (const address of this.#registrations.keys())
      attempt(failures, () => this.unregister(address));
  }

  #allocation(address: Address): Allocation {
    return this.#allocations.get(address) ?? this.#unknown(address, 'allocated memory');
  }

  #unknown(address: Address, kind: string): never {
    fail('MEMORY_UNKNOWN', { address: hex(address), kind, device: this.device, errno: 'EPERM' });
  }

  #needMapping(): void {
    if (this.gpu.info.cpuMappable) return;
    const what = 'map its memory for the CPU';
    const advice = 'Keep what both sides touch in registered host memory';
    fail('DEVICE_UNSUPPORTED', { device: this.device, what, advice, errno: 'ENOTSUP' });
  }

  #notMappable(address: Address): never {
    const what = `map ${hex(address)} for the CPU: it was not allocated for that`;
    const advice = 'Allocate it as mappable';
    fail('DEVICE_UNSUPPORTED', { device: this.device, what, advice, errno: 'ENOTSUP' });
  }

  #driver<T>(call: string, run: () => T): T {
    return driverCall(this.device, call, run);
  }
}

/**
 * Runs a driver's control call and sees to it that its error carries an errno, as gpudev's do.
 */
export function driverCall<T>(device: string, call: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw driverError(device, call, error as Error & { code?: string });
  }
}

/** The errno of what a driver refuses by name; whatever else it fails with is EPERM. */
const ERRNO: Partial<Record<ErrorCode, string>> = {
  GPU_CLOSED: 'ENODEV',
  GPU_OUT_OF_MEMORY: 'ENOMEM',
  GPU_OUT_OF_RESOURCES: 'ENOMEM',
};

/** What a driver threw, as an error of the catalogue with an errno. */
export function driverError(device: string, call: string, error: Error & { code?: string }): Error {
  if (error instanceof WarplineError) {
    const errno = error.details.errno ?? ERRNO[error.code] ?? 'EPERM';
    return new WarplineError(error.code, { ...error.details, errno });
  }
  const errno = error.code === 'ENOMEM' || error.code === 'E2BIG' ? error.code : 'EPERM';
  return new WarplineError('DEVICE_DRIVER', { device, call, reason: error.message, errno });
}

/** Runs a step of tidying up: what it throws is kept, and the next step's turn comes. */
export function attempt(failures: unknown[], run: () => void): void {
  try {
    run();
  } catch (error) {
    failures.push(error);
  }
}

/** Host memory for what CPU and device share; ENOMEM where there is none left. */
export function allocateHost(bytes: number): HostMemory {
  try {
    return new HostMemory(bytes);
  } catch (error) {
    fail('HOST_MEMORY', { bytes, reason: (error as Error).message, errno: 'ENOMEM' });
  }
}

/** Refuses an argument of a gpudev call. */
export function refuse(call: string, argument: string, reason: string, errno: string): never {
  fail('DEVICE_ARGUMENT', { call, argument, reason, errno });
}

export function hex(address: Address): string {
  return `0x${address.toString(16)}`;
}

function checkSize(call: string, bytes: number): void {
  if (!Number.isSafeInteger(bytes) || bytes < 0)
    refuse(call, 'bytes', `${bytes} is not a number of bytes`, 'EINVAL');
}

/** Exact up to 2^53, where bit operations on 32 bits are not. */
function isPowerOfTwo(n: number): boolean {
  return 2 ** Math.round(Math.log2(n)) === n;
}
