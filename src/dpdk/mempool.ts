import { fail } from '../errors.js';
import { HostMemory, roundUp, type Window, windowAt } from '../memory/memory.js';
import { type Address, type Handle, native } from '../memory/native.js';
import { lastWords } from './eal.js';

/** Bytes before a frame's first (RTE_PKTMBUF_HEADROOM). */
export const HEADROOM = 128;

/** mbufs a lcore keeps to itself (RTE_MEMPOOL_CACHE_MAX_SIZE). */
const CACHE = 512;

/** Pages in which memory is registered with DPDK. */
const PAGE = 4096;

/** A thread sees at most so much of a pool: an ArrayBuffer over foreign memory ends there. */
const SPAN_LIMIT = 2 ** 32;

export interface MempoolOptions {
  name: string;
  mbufs: number;
  /** Bytes of frame an mbuf holds; longer frames arrive chained. */
  frameBytes: number;
  /** Buffers in this memory instead of beside the mbufs: a pool in GPU memory. CPU address. */
  buffers?: { address: Address; bytes: number };
  /** What was given back last is taken first, while it is still in a cache: for frames the CPU copies. */
  lifo?: boolean;
}

/**
 * A pool of packet buffers (`rte_mempool` of pktmbufs), shared by all lcores of a run. Its memory is
 * ours, not EAL's, and known to DPDK as external memory (`rte_extmem_register`).
 */
export class Mempool {
  /** mbufs that the drivers of closed ports have kept for good (`Port.close`): nobody else has them. */
  kept = 0;
  private open = true;

  private constructor(
    readonly handle: Handle,
    /** mbufs of the pool. */
    readonly size: number,
    /** CPU addresses between which every buffer lies. */
    readonly span: { address: Address; bytes: number },
    private readonly memory: HostMemory,
  ) {}

  /** Bytes of buffer memory a pool of that shape needs (`MempoolOptions.buffers`). */
  static bufferBytes(mbufs: number, frameBytes: number): number {
    return roundUp(mbufs * Mempool.room(frameBytes), PAGE);
  }

  static create(options: MempoolOptions): Mempool {
    const { name, mbufs, buffers } = options;
    const room = Mempool.room(options.frameBytes);
    // DPDK refuses a cache above two thirds of the pool.
    const cache = Math.min(CACHE, Math.floor(mbufs / 1.5));
    const bytes = native.mempoolBytes(mbufs, room, buffers === undefined ? 0 : 1);
    const most = Math.max(bytes, buffers?.bytes ?? 0);
    if (most >= SPAN_LIMIT) fail('MEMPOOL_TOO_LARGE', { mbufs, bytes: most });
    if (buffers !== undefined && buffers.bytes < mbufs * room)
      fail('MEMPOOL_CREATE', {
        mbufs,
        room,
        reason: `they do not fit into ${buffers.bytes} bytes`,
      });
    const undo: (() => void)[] = [];
    try {
      const memory = new HostMemory(bytes);
      undo.push(() => memory.release());
      const own = { address: memory.address, bytes: memory.bytes };
      const span = buffers ?? own;
      native.extmemRegister(span.address, span.bytes, PAGE);
      undo.push(() => native.extmemUnregister(span.address, span.bytes));
      const places = [own.address, own.bytes, buffers?.address ?? 0] as const;
      // Of the mempool drivers of DPDK; the first is its default.
      const ops = options.lifo ? 'stack' : 'ring_mp_mc';
      const handle = native.mempoolCreate(name, mbufs, cache, room, ...places, ops);
      return new Mempool(handle, mbufs, span, memory);
    } catch (cause) {
      const reason = lastWords(cause);
      for (const step of undo.reverse()) step();
      return fail('MEMPOOL_CREATE', { mbufs, room, reason });
    }
  }

  /** Data room: headroom and frame, in whole cache lines; a u16 holds it. */
  private static room(frameBytes: number): number {
    return Math.min(roundUp(frameBytes + HEADROOM, 64), 65535);
  }

  /** Bytes of frame that an mbuf holds in fact, where so many were asked for. */
  static holds(frameBytes: number): number {
    return Mempool.room(frameBytes) - HEADROOM;
  }

  /** mbufs in the pool now, the lcores' caches counted in. */
  get available(): number {
    return native.mempoolAvailable(this.handle);
  }

  /** This thread's view of the buffers. */
  get window(): Window {
    return windowAt(this.span.address, this.span.bytes);
  }

  /** Nobody may hold an mbuf of it any more. */
  free(): void {
    if (!this.open) return;
    this.open = false;
    native.mempoolFree(this.handle);
    native.extmemUnregister(this.span.address, this.span.bytes);
    this.memory.release();
  }
}
