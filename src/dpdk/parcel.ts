import { storeAddress, type Window } from '../memory/memory.js';
import { type Address, native } from '../memory/native.js';

/*
 * A parcel: the first segments of a burst's frames in one piece of memory, each on a cache line of
 * its own, so that one copy takes them to a device and one brings them back. Packing and unpacking
 * are a call each; arguments and result lie in a block of shared memory.
 * native/dpdk/parcel.c has the same layout (struct parcel): change both.
 *
 *   @0  mbufs │ packets │ memory │ seen │ count u32 │ bytes u32
 */
export const PARCEL_BYTES = 64;

const [MBUFS, PACKETS, MEMORY, SEEN, COUNT, BYTES] = [0, 2, 4, 6, 8, 9];

export class Parcel {
  private readonly u32: Uint32Array;
  private readonly runPack: () => void;
  private readonly runUnpack: () => void;

  /** A parcel over the PARCEL_BYTES at `address` (a multiple of 64), which lie in `window`. */
  constructor(window: Window, address: Address) {
    this.u32 = new Uint32Array(window.buffer, address - window.address, PARCEL_BYTES / 4);
    this.runPack = native.bindPack(address);
    this.runUnpack = native.bindUnpack(address);
  }

  /**
   * Packs the frames of the `count` mbufs whose pointers start at `mbufs` from `memory` on, and
   * describes them to the device at `packets`, {address, size} each, as lying at `seen`. Returns the
   * bytes they take: what their first segments have, each rounded up to a cache line.
   */
  pack(mbufs: Address, packets: Address, count: number, memory: Address, seen: Address): number {
    const { u32 } = this;
    storeAddress(u32, MBUFS, mbufs);
    storeAddress(u32, PACKETS, packets);
    storeAddress(u32, MEMORY, memory);
    storeAddress(u32, SEEN, seen);
    u32[COUNT] = count;
    this.runPack();
    return u32[BYTES];
  }

  /** The way back, into the same mbufs. */
  unpack(mbufs: Address, count: number, memory: Address): void {
    storeAddress(this.u32, MBUFS, mbufs);
    storeAddress(this.u32, MEMORY, memory);
    this.u32[COUNT] = count;
    this.runUnpack();
  }
}
