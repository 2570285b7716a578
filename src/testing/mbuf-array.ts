import type { Mempool } from '../dpdk/mempool.js';
import { HostMemory, loadAddress } from '../memory/memory.js';
import { type Address, native } from '../memory/native.js';

/** Longest frame to be written or read. */
const LONGEST = 65_536;

/** A `struct rte_mbuf *[room]`, and what tests do with the frames behind it. */
export class MbufArray {
  private readonly memory: HostMemory;

  constructor(readonly room: number) {
    this.memory = new HostMemory(room * 8 + LONGEST);
  }

  /** Of element `i`. */
  at(i: number): Address {
    return this.memory.address + 8 * i;
  }

  /** The pointer that stands there. */
  mbuf(i: number): Address {
    return loadAddress(this.memory.window.u32, 2 * i);
  }

  /** Takes `count` empty mbufs from a pool; all or none. */
  allocate(pool: Mempool, count: number, from = 0): boolean {
    return native.mbufAllocate(pool.handle, this.at(from), count);
  }

  /** Takes an mbuf for each frame; longer ones are chained. */
  fill(pool: Mempool, frames: readonly Uint8Array[]): this {
    if (!this.allocate(pool, frames.length)) throw new Error('the pool is empty');
    frames.forEach((frame, i) => {
      if (!this.write(i, frame)) throw new Error('the pool is empty');
    });
    return this;
  }

  /** Makes `frame` that of an empty mbuf; false when the pool has too few for the chain. */
  write(i: number, frame: Uint8Array): boolean {
    const at = this.room * 8;
    this.memory.window.u8.set(frame, at);
    return native.packetWrite(this.mbuf(i), this.memory.address + at, frame.length);
  }

  read(i: number): Uint8Array {
    const at = this.room * 8;
    const length = native.packetRead(this.mbuf(i), this.memory.address + at, LONGEST);
    return this.memory.window.u8.slice(at, at + length);
  }

  frames(count: number): Uint8Array[] {
    return Array.from({ length: count }, (_, i) => this.read(i));
  }

  free(from: number, count: number): void {
    native.mbufFree(this.at(from), count);
  }

  release(): void {
    this.memory.release();
  }
}
