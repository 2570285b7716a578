import { type LandingShare, landingBytes } from '../../dpdk/landing-turn.js';
import { Mempool } from '../../dpdk/mempool.js';
import type { Port } from '../../dpdk/port.js';
import { HostMemory } from '../../memory/memory.js';
import { PER_QUEUE, type Plan } from './plan.js';

/** mbufs that net_af_xdp has in a queue's rings: to be filled, to be sent, sent (2048 each). */
const IN_RINGS = 3 * 2048;

/**
 * Where frames land that a port cannot receive into device memory: a mempool in ordinary pages, from
 * which they are copied as they arrive (src/dpdk/landing-turn.ts).
 */
export class LandingMemory {
  private readonly memories: HostMemory[] = [];

  private constructor(readonly pool: Mempool) {}

  /** net_af_xdp makes its mempool the kernel's UMEM, whose pages the kernel pins. */
  static isFor({ info }: Port): boolean {
    return info.driver === 'net_af_xdp';
  }

  /** The error is that of making a mempool. */
  static create({ pathCount, frameBytes }: Plan): LandingMemory {
    const mbufs = pathCount * (IN_RINGS + PER_QUEUE);
    return new LandingMemory(Mempool.create({ name: 'landed', mbufs, frameBytes }));
  }

  /** A path's own, with the pool that its frames go to. */
  share(to: Mempool, delta: number, burst: number): LandingShare {
    const memory = new HostMemory(landingBytes(burst));
    this.memories.push(memory);
    return { memory: memory.address, bytes: memory.bytes, pool: to.handle, delta };
  }

  /** The ports must be closed, and the lcores have ended. */
  close(): void {
    this.pool.free();
    for (const memory of this.memories.splice(0)) memory.release();
  }
}
