import { storeAddress, type Window } from '../memory/memory.js';
import { type Address, type Handle, native } from '../memory/native.js';

/*
 * Twins: mbufs of another pool, of the same shape as a burst's, segment for segment. Their bytes are
 * for a device to copy: each segment is described to it. Then they take the burst's place.
 * native/dpdk/twins.c has the same layout (struct twins): change both.
 *
 *   @0   mbufs │ twins │ segments │ packets │ pool │ from_delta │ to_delta │ count u32 │ slots u32
 *   @64  next u32 │ described u32 │ made u32 │ behind u32
 */
export const TWINS_BYTES = 128;
/** A segment to be copied: {from, to, size, –}, u64 each. */
export const SEGMENT_BYTES = 32;

const [MBUFS, TWINS, SEGMENTS, PACKETS, POOL, FROM_DELTA, TO_DELTA] = [0, 2, 4, 6, 8, 5, 6];
const [COUNT, SLOTS, NEXT, DESCRIBED, MADE, BEHIND] = [14, 15, 16, 17, 18, 19];

/** Between which memories, and where segments are described. */
export interface TwinsSetup {
  /** The pool that twins are of. */
  pool: Handle;
  /** A ring of `struct segment` (src/kernels/unload.ts), as the CPU sees it, and how many it holds. */
  segments: Address;
  slots: number;
  /** Device address minus CPU address, of the burst's buffers and of the twins'. */
  fromDelta: number;
  toDelta: number;
  /** First segments stay as they are: twins are made of what follows them (header/data split). */
  behind?: boolean;
}

export class Twins {
  private readonly u32: Uint32Array;
  private readonly runMake: () => void;
  private readonly runTakeOver: () => void;

  /** Over the TWINS_BYTES at `address` (a multiple of 64), which lie in `window`. */
  constructor(window: Window, address: Address, setup: TwinsSetup) {
    const offset = address - window.address;
    this.u32 = new Uint32Array(window.buffer, offset, TWINS_BYTES / 4);
    const deltas = new BigInt64Array(window.buffer, offset, TWINS_BYTES / 8);
    storeAddress(this.u32, SEGMENTS, setup.segments);
    storeAddress(this.u32, POOL, setup.pool);
    deltas[FROM_DELTA] = BigInt(setup.fromDelta);
    deltas[TO_DELTA] = BigInt(setup.toDelta);
    this.u32[SLOTS] = setup.slots;
    this.u32[BEHIND] = setup.behind ? 1 : 0;
    this.runMake = native.bindMakeTwins(address);
    this.runTakeOver = native.bindTakeOver(address);
  }

  /** The slot of the ring that is filled next. */
  get next(): number {
    return this.u32[NEXT];
  }

  /** Slots that the last `make` filled. */
  get described(): number {
    return this.u32[DESCRIBED];
  }

  /**
   * Makes twins of the `count` mbufs whose pointers start at `mbufs`, puts theirs at `twins`, and
   * describes what is to be copied. False, and nothing has changed, when the pool has too few.
   */
  make(mbufs: Address, twins: Address, count: number): boolean {
    this.aim(mbufs, twins, count);
    this.runMake();
    return this.u32[MADE] !== 0;
  }

  /**
   * Puts the twins where the mbufs stand, which go back to their pool. The frames' descriptors at
   * `packets` (0: there are none) show the twins' from now on.
   */
  takeOver(mbufs: Address, twins: Address, count: number, packets: Address): void {
    this.aim(mbufs, twins, count);
    storeAddress(this.u32, PACKETS, packets);
    this.runTakeOver();
  }

  private aim(mbufs: Address, twins: Address, count: number): void {
    storeAddress(this.u32, MBUFS, mbufs);
    storeAddress(this.u32, TWINS, twins);
    this.u32[COUNT] = count;
  }
}
