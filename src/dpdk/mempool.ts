import { fail } from '../errors.js';
import { closeWindow, roundUp, type Window, windowAt } from '../memory/memory.js';
import { type Address, type Handle, native } from '../memory/native.js';
import { lastWords } from './eal.js';

/** Bytes before a frame's first (RTE_PKTMBUF_HEADROOM). */
export const HEADROOM = 128;

/** mbufs a lcore keeps to itself (RTE_MEMPOOL_CACHE_MAX_SIZE). */
const CACHE = 512;

/** A thread sees at most so much of a pool: an ArrayBuffer over foreign memory ends there. */
const SPAN_LIMIT = 2 ** 32;

export interface MempoolOptions {
  name: string;
  mbufs: number;
  /** Bytes of frame an mbuf holds; longer frames arrive chained. */
  frameBytes: number;
  /** Buffers in this memory instead of beside the mbufs: a pool in GPU memory. CPU address. */
  buffers?: { address: Address; bytes: number };
}

/** A pool of packet buffers (`rte_mempool` of pktmbufs), shared by all lcores of a run. */
export class Mempool {
  readonly size: number;
  /** CPU addresses between which every buffer lies. */
  readonly span: { address: Address; bytes: number };
  private readonly external: boolean;
  private open = true;

  private constructor(
    readonly handle: Handle,
    options: MempoolOptions,
  ) {
    this.size = options.mbufs;
    this.external = options.buffers !== undefined;
    const [address, bytes] = native.mempoolExtent(handle);
    this.span = options.buffers ?? { address, bytes };
    if (this.span.bytes >= SPAN_LIMIT) {
      native.mempoolFree(handle);
      fail('MEMPOOL_TOO_LARGE', { mbufs: options.mbufs, bytes });
    }
  }

  /** Bytes of buffer memory a pool of that shape needs (`MempoolOptions.buffers`). */
  static bufferBytes(mbufs: number, frameBytes: number): number {
    return roundUp(mbufs * Mempool.room(frameBytes), 4096);
  }

  static create(options: MempoolOptions): Mempool {
    const { name, mbufs, buffers } = options;
    const room = Mempool.room(options.frameBytes);
    // DPDK refuses a cache above two thirds of the pool.
    const cache = Math.min(CACHE, Math.floor(mbufs / 1.5));
    try {
      if (buffers === undefined)
        return new Mempool(native.mempoolCreate(name, mbufs, cache, room, -1), options);
      native.extmemRegister(buffers.address, buffers.bytes, 4096);
      const { address, bytes } = buffers;
      const handle = native.mempoolCreateExternal(name, mbufs, cache, room, -1, address, bytes);
      return new Mempool(handle, options);
    } catch (cause) {
      if (cause instanceof Error && 'exit' in cause) throw cause;
      return fail('MEMPOOL_CREATE', { mbufs, room, reason: lastWords(cause) });
    }
  }

  /** Data room: headroom and frame, in whole cache lines; a u16 holds it. */
  private static room(frameBytes: number): number {
    return Math.min(roundUp(frameBytes + HEADROOM, 64), 65535);
  }

  /** mbufs in the pool now, the lcores' caches counted in. */
  get available(): number {
    return native.mempoolAvailable(this.handle);
  }

  /** This thread's view of the buffers. */
  get window(): Window {
    return windowAt(this.span.address, this.span.bytes);
  }

  free(): void {
    if (!this.open) return;
    this.open = false;
    native.mempoolFree(this.handle);
    if (this.external) native.extmemUnregister(this.span.address, this.span.bytes);
    else closeWindow(this.span.address);
  }
}
