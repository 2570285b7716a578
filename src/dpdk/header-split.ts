import { storeAddress, type Window } from '../memory/memory.js';
import { type Address, type Handle, native } from '../memory/native.js';

/*
 * Header/data split: the first bytes of a received frame stay in its mbuf, the rest moves into mbufs
 * of another pool, behind it. A frame that is all header has one segment.
 *
 *   port ─► mbuf: bytes 0 … N-1 ──next──► payload mbuf: bytes N … ──next──► … of a long frame
 *
 * native/dpdk/split.c has the same layouts (struct split, struct split_digest): change both.
 *
 *   @0   mbufs │ headers │ payloads │ records │ pool │ delta │ nowhere │ received u32 │ bytes u32
 *   @64  kept u32 │ – │ kept_bytes f64
 */
export const SPLIT_BYTES = 128;

const [MBUFS, HEADERS, PAYLOADS, RECORDS, POOL, DELTA, NOWHERE] = [0, 2, 4, 6, 8, 5, 12];
const [RECEIVED, BYTES, KEPT, KEPT_BYTES] = [14, 15, 16, 9];

/** Who splits, into what. */
export interface SplitSetup {
  /** Bytes of a header; 0: the port has split the frames, and they are only described. */
  bytes: number;
  /** Where payload mbufs come from, and device address minus CPU address of their buffers. */
  pool: Handle;
  delta: number;
  /** Device address for the payload of a frame that has none. */
  nowhere: Address;
}

export class HeaderSplit {
  /** Splits what `aim` has named. */
  readonly run: () => void;
  private readonly u32: Uint32Array;
  private readonly f64: Float64Array;

  /**
   * Over the SPLIT_BYTES at `address` (a multiple of 64), which lie in `window`. Headers are described
   * at `headers`, as the CPU sees them: {address, size} of each frame of a burst.
   */
  constructor(window: Window, address: Address, headers: Address, setup: SplitSetup) {
    const offset = address - window.address;
    this.u32 = new Uint32Array(window.buffer, offset, SPLIT_BYTES / 4);
    this.f64 = new Float64Array(window.buffer, offset, SPLIT_BYTES / 8);
    storeAddress(this.u32, HEADERS, headers);
    storeAddress(this.u32, POOL, setup.pool);
    storeAddress(this.u32, NOWHERE, setup.nowhere);
    new BigInt64Array(window.buffer, offset, SPLIT_BYTES / 8)[DELTA] = BigInt(setup.delta);
    this.u32[BYTES] = setup.bytes;
    this.run = native.bindSplit(address);
  }

  /**
   * The `received` mbufs whose pointers start at `mbufs`. Payloads are described at `payloads`, as the
   * device sees them; fingerprints at `records` (0: there are none) move with their frames.
   */
  aim(mbufs: Address, received: number, payloads: Address, records: Address): void {
    storeAddress(this.u32, MBUFS, mbufs);
    storeAddress(this.u32, PAYLOADS, payloads);
    storeAddress(this.u32, RECORDS, records);
    this.u32[RECEIVED] = received;
  }

  /** Frames that stand in the array now; there were no payload mbufs for the others, which are gone. */
  get kept(): number {
    return this.u32[KEPT];
  }

  /** Bytes of these frames. */
  get keptBytes(): number {
    return this.f64[KEPT_BYTES];
  }
}

/*
 *   @0  mbufs │ out │ count u32 │ skip u32 │ header u32 │ payload u32
 */
export const SPLIT_DIGEST_BYTES = 64;
const [DIGEST_MBUFS, OUT, COUNT, SKIP, HEADER, PAYLOAD] = [0, 2, 4, 5, 6, 7];

/**
 * Fingerprints of frames as the device's kernel takes them (src/kernels/fingerprint.ts), of a header
 * and of a payload, added up: so the CPU can say of a whole frame what both will say of its parts.
 */
export class SplitDigest {
  private readonly run: () => void;
  private readonly u32: Uint32Array;

  /** Over the SPLIT_DIGEST_BYTES at `address`. `skip`: first bytes of a frame that are kept as they are. */
  constructor(window: Window, address: Address, skip: number) {
    this.u32 = new Uint32Array(window.buffer, address - window.address, SPLIT_DIGEST_BYTES / 4);
    this.u32[SKIP] = skip;
    this.run = native.bindSplitDigest(address);
  }

  /** Of frames that will be split, `header` bytes and at most `payload` behind them, into `out`. */
  whole(mbufs: Address, count: number, out: Address, header: number, payload: number): void {
    this.u32[HEADER] = header;
    this.u32[PAYLOAD] = payload;
    this.take(mbufs, count, out);
  }

  /** Of frames that are split: adds their headers to the device's fingerprints of payloads at `out`. */
  headers(mbufs: Address, count: number, out: Address): void {
    this.u32[PAYLOAD] = 0;
    this.take(mbufs, count, out);
  }

  private take(mbufs: Address, count: number, out: Address): void {
    storeAddress(this.u32, DIGEST_MBUFS, mbufs);
    storeAddress(this.u32, OUT, out);
    this.u32[COUNT] = count;
    this.run();
  }
}
