import { storeAddress } from '../memory/memory.js';
import type { Address } from '../memory/native.js';
import { FakeMbufs } from './fake-mbufs.js';

/** Bytes a segment has room for behind its headroom. */
const SEGMENT = 2048;

/** Frames cut into segments anywhere, as no mempool of ours would do it. */
export class ChainedMbufs {
  private readonly mbufs: FakeMbufs;
  private used = 0;

  /** `layout` is what dpdkLayout tells. */
  constructor(
    segments: number,
    private readonly layout: Record<string, number>,
  ) {
    this.mbufs = new FakeMbufs(segments, layout, 128 + SEGMENT);
  }

  /** Makes a frame of these segments, and tells where its pointer stands; they may be empty. */
  chain(segments: readonly Uint8Array[]): Address {
    const { mbufs } = this;
    const { window, address } = mbufs.memory;
    const first = this.used;
    this.used += segments.length;
    const whole = segments.reduce((sum, { length }) => sum + length, 0);
    for (const [i, bytes] of segments.entries()) {
      const m = first + i;
      const at = mbufs.address(m) - address;
      const last = i === segments.length - 1;
      mbufs.setFrame(m, bytes.length, i === 0 ? whole - bytes.length : 0);
      window.u8.set(bytes, mbufs.frameAddress(m) - address);
      const next = (at + this.layout['rte_mbuf.next']) / 4;
      storeAddress(window.u32, next, last ? 0 : mbufs.address(m + 1));
      if (i === 0) window.u16[(at + this.layout['rte_mbuf.nb_segs']) / 2] = segments.length;
    }
    return mbufs.array + 8 * first;
  }

  /** Forgets all frames. */
  clear(): void {
    this.used = 0;
  }

  release(): void {
    this.mbufs.memory.release();
  }
}
