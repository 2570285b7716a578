import { HostMemory, storeAddress } from '../memory/memory.js';
import { type Address, native } from '../memory/native.js';

/*
 * A fingerprint (struct fingerprint in native/dpdk/burst.c, FINGERPRINT in src/kernels/fingerprint.ts):
 *   head: first bytes, up to 16 │ hash of all bytes after them, u64 │ frame length │ segments
 */
export const FINGERPRINT_BYTES = 32;

/** Frames of a burst whose fingerprints are wanted. */
export interface Frames {
  /** `struct rte_mbuf *[]` of the frames, the first of them at the beginning. */
  mbufs: Address;
  /** The item they are in, which of its packets is the first, how many they are. */
  item: number;
  first: number;
  count: number;
}

/**
 * Who takes fingerprints: the CPU, or a GPU where frames lie in its memory. The two need not agree:
 * what a frame was and what it became are always looked at by the same one.
 */
export interface Digest {
  /** Into the ledger's records at `out`. When it returns they are there. */
  before(frames: Frames, out: Address): void;
  /** Into `words`. */
  after(frames: Frames): void;
  /** Fingerprints of frames about to be sent. */
  readonly words: Uint32Array;
}

/** The CPU's: a native call a burst. Chained segments are part of the frame. */
export class CpuDigest implements Digest {
  readonly words: Uint32Array;
  private readonly digest: () => void;
  private readonly request: Uint32Array;
  private readonly afterAddress: Address;

  /** `headBytes`: how many bytes at a frame's start are kept as they are. */
  constructor(burst: number, headBytes: number) {
    const memory = new HostMemory(64 + burst * FINGERPRINT_BYTES);
    this.request = memory.window.u32;
    this.request[5] = headBytes;
    this.afterAddress = memory.address + 64;
    this.words = memory.window.u32.subarray(16);
    this.digest = native.bindDigest(memory.address);
  }

  before(frames: Frames, out: Address): void {
    storeAddress(this.request, 0, frames.mbufs);
    storeAddress(this.request, 2, out);
    this.request[4] = frames.count;
    this.digest();
  }

  after(frames: Frames): void {
    this.before(frames, this.afterAddress);
  }
}
