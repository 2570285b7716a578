import { type Address, native } from './native.js';

const TWO_32 = 2 ** 32;

/**
 * A thread's window on a span of native memory: typed arrays whose index 0 is `address`.
 * Offsets, not pointers, are what the data plane computes with; 32 bits reach any of them, because
 * a window is at most 4 GiB (Node 20's limit for an ArrayBuffer over foreign memory).
 */
export class Window {
  readonly u8: Uint8Array;
  readonly u16: Uint16Array;
  readonly u32: Uint32Array;
  readonly i32: Int32Array;
  readonly f64: Float64Array;
  /** Low word of the address: `(word - origin) >>> 0` turns a pointer's low word into an offset. */
  readonly origin: number;

  constructor(
    readonly buffer: ArrayBuffer,
    readonly address: Address,
    readonly bytes: number,
  ) {
    this.u8 = new Uint8Array(buffer);
    this.u16 = new Uint16Array(buffer, 0, bytes >>> 1);
    this.u32 = new Uint32Array(buffer, 0, Math.floor(bytes / 4));
    this.i32 = new Int32Array(buffer, 0, Math.floor(bytes / 4));
    this.f64 = new Float64Array(buffer, 0, Math.floor(bytes / 8));
    this.origin = address % TWO_32;
  }
}

// V8 wants few external ArrayBuffers per address and thread: all its modules share these.
// Several at one address only where a longer window was asked for later; the longest is the last.
const windows = new Map<Address, Window[]>();

/** This thread's window on [address, address + bytes). The memory must outlive its use. */
export function windowAt(address: Address, bytes: number): Window {
  const known = windows.get(address) ?? [];
  const longest = known.at(-1);
  if (longest !== undefined && longest.bytes >= bytes) return longest;
  const made = new Window(native.memoryView(address, bytes), address, bytes);
  windows.set(address, [...known, made]);
  return made;
}

/** Ends this thread's windows at an address: what still uses them finds nothing from now on. */
export function closeWindow(address: Address): void {
  for (const { buffer } of windows.get(address) ?? []) native.memoryDetach(buffer);
  windows.delete(address);
}

/** Zeroed, page-aligned memory of this process, for all its threads; outside the JavaScript heap. */
export class HostMemory {
  readonly bytes: number;
  readonly address: Address;
  private released = false;

  constructor(bytes: number) {
    this.bytes = roundUp(bytes, 4096);
    this.address = native.memoryAllocate(this.bytes);
  }

  get window(): Window {
    return windowAt(this.address, this.bytes);
  }

  /** Gives the memory back. Windows other threads still hold on it must no longer be used. */
  release(): void {
    // Once: by now the addresses may be somebody else's.
    if (this.released) return;
    this.released = true;
    closeWindow(this.address);
    native.memoryRelease(this.address, this.bytes);
  }
}

/** Stores a 64-bit pointer as two little-endian words at `u32[index]`. */
export function storeAddress(u32: Uint32Array, index: number, address: Address): void {
  u32[index] = address;
  u32[index + 1] = address / TWO_32;
}

/** Reads the pointer that stands in two little-endian words at `u32[index]`. */
export function loadAddress(u32: Uint32Array, index: number): Address {
  return u32[index + 1] * TWO_32 + u32[index];
}

/** The smallest multiple of `unit` that is no less than `n`. */
export function roundUp(n: number, unit: number): number {
  return Math.ceil(n / unit) * unit;
}
