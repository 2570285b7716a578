import { HostMemory, storeAddress } from '../memory/memory.js';
import type { Address } from '../memory/native.js';

const HEADROOM = 128;

/**
 * Mbufs without a mempool, as DPDK's own gpudev test has them: headers, the buffers they point to
 * and the array of their addresses, in one piece of memory. `layout` is what dpdkLayout tells.
 */
export class FakeMbufs {
  readonly memory: HostMemory;
  /** Of `struct rte_mbuf *[count]`. */
  readonly array: Address;
  readonly #layout: Record<string, number>;
  readonly #room: number;

  constructor(
    readonly count: number,
    layout: Record<string, number>,
    room = 256,
  ) {
    this.#layout = layout;
    this.#room = room;
    this.memory = new HostMemory(count * (8 + layout.rte_mbuf + room) + 64);
    this.array = this.memory.address;
    for (let m = 0; m < count; m++) {
      storeAddress(this.memory.window.u32, 2 * m, this.address(m));
      this.setFrame(m, 0);
    }
  }

  /** Of the mbuf itself. */
  address(m: number): Address {
    const headers = Math.ceil((this.count * 8) / 64) * 64;
    return this.memory.address + headers + m * this.#layout.rte_mbuf;
  }

  /** Where its frame starts. */
  frameAddress(m: number): Address {
    const buffers = this.address(this.count);
    return buffers + m * this.#room + HEADROOM;
  }

  /** Makes `bytes` of the buffer the mbuf's frame; with `chained`, its first segment. */
  setFrame(m: number, bytes: number, chained = 0): void {
    const { u8, u16, u32 } = this.memory.window;
    const at = this.address(m) - this.memory.address;
    const l = this.#layout;
    storeAddress(u32, (at + l['rte_mbuf.buf_addr']) / 4, this.frameAddress(m) - HEADROOM);
    u16[(at + l['rte_mbuf.data_off']) / 2] = HEADROOM;
    u16[(at + l['rte_mbuf.nb_segs']) / 2] = chained > 0 ? 2 : 1;
    u16[(at + l['rte_mbuf.data_len']) / 2] = bytes;
    u32[(at + l['rte_mbuf.pkt_len']) / 4] = bytes + chained;
    u8.fill(
      m,
      this.frameAddress(m) - this.memory.address,
      this.frameAddress(m) - this.memory.address + bytes,
    );
  }

  /** The frame's bytes, as they are now. */
  frame(m: number, bytes: number): Uint8Array {
    const at = this.frameAddress(m) - this.memory.address;
    return this.memory.window.u8.slice(at, at + bytes);
  }
}
