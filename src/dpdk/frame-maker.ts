import type { Window } from '../memory/memory.js';
import { type Address, type Handle, native } from '../memory/native.js';

/*
 * A request of a frame maker; native/dpdk/burst.c has the same layout (struct frames): change both.
 *
 *   @0  pool f64 │ mbufs f64 │ packets f64 │ delta i64 │ count │ bytes │ made │
 *        room │ kept f64
 */
export const FRAME_MAKER_BYTES = 64;

/** 32-bit words … */
const [COUNT, BYTES, MADE, ROOM] = [8, 9, 10, 11];
/** … and those of 64 bits. */
const [POOL, MBUFS, PACKETS, DELTA, KEPT] = [0, 1, 2, 3, 6];

/** What a frame maker's frames are like. */
export interface FrameKind {
  pool: Handle;
  /** Bytes of each. */
  bytes: number;
  /** Device address minus CPU address. */
  delta: number;
}

/** For an lcore that sends frames of its own: makes them out of a mempool, and frees what came back. */
export class FrameMaker {
  private readonly u32: Uint32Array;
  private readonly f64: Float64Array;
  private readonly makeThem: () => void;
  private readonly keepThem: () => void;
  private readonly freeThem: () => void;

  /** Over the FRAME_MAKER_BYTES at `address` (a multiple of 64), which lie in `window`. */
  constructor(window: Window, address: Address, { pool, bytes, delta }: FrameKind) {
    const offset = address - window.address;
    this.u32 = new Uint32Array(window.buffer, offset, FRAME_MAKER_BYTES / 4);
    this.f64 = new Float64Array(window.buffer, offset, FRAME_MAKER_BYTES / 8);
    this.f64[POOL] = pool;
    this.u32[BYTES] = bytes;
    new BigInt64Array(window.buffer, offset + 8 * DELTA, 1)[0] = BigInt(delta);
    this.makeThem = native.bindMakeFrames(address);
    this.keepThem = native.bindKeepFrames(address);
    this.freeThem = native.bindFreeFrames(address);
  }

  /**
   * Makes `count` frames, nothing written to them: their mbufs go to the array at `mbufs`, {address,
   * size} to `packets` (0: unwanted). False where the pool has too few: then there is none.
   */
  make(mbufs: Address, packets: Address, count: number): boolean {
    const { u32, f64 } = this;
    f64[MBUFS] = mbufs;
    f64[PACKETS] = packets;
    u32[COUNT] = count;
    this.makeThem();
    return u32[MADE] !== 0;
  }

  /**
   * Of `count` mbufs in the array at `mbufs`, puts those that can go out again as `make` made them before
   * the address `kept`, downwards, `room` at most, and frees the others; tells how many. Nobody else may
   * hold one of them.
   */
  keep(mbufs: Address, count: number, kept: Address, room: number): number {
    const { u32, f64 } = this;
    f64[MBUFS] = mbufs;
    f64[KEPT] = kept;
    u32[COUNT] = count;
    u32[ROOM] = room;
    this.keepThem();
    return u32[MADE];
  }

  /** Frees the `count` mbufs in the array at `mbufs`: whole chains, each to its own pool. */
  free(mbufs: Address, count: number): void {
    this.f64[MBUFS] = mbufs;
    this.u32[COUNT] = count;
    this.freeThem();
  }
}
