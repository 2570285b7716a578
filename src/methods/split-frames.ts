import type { SplitDigest } from '../dpdk/header-split.js';
import type { Address } from '../memory/native.js';
import type { Digest, Frames } from './digest.js';
import type { GpuDigest } from './gpu-digest.js';

/** Frames that the RX lcore splits, as they come: bytes of a header, and of the first payload mbuf. */
export interface Whole {
  readonly header: number;
  readonly payload: number;
}

/**
 * Fingerprints of split frames: the CPU looks at headers, the GPU at payloads (of a long frame at the
 * first segment of it), and the sums are added up. Of a frame that the RX lcore splits the CPU alone
 * takes it beforehand: so what is sent is compared with what the port brought.
 */
export class SplitFrames implements Digest {
  constructor(
    private readonly gpu: GpuDigest,
    private readonly cpu: SplitDigest,
    private readonly whole?: Whole,
  ) {}

  get words(): Uint32Array {
    return this.gpu.words;
  }

  before(frames: Frames, out: Address): void {
    const { gpu, cpu, whole } = this;
    const { mbufs, count } = frames;
    if (whole !== undefined) cpu.whole(mbufs, count, out, whole.header, whole.payload);
    else {
      gpu.before(frames, out);
      cpu.headers(mbufs, count, out);
    }
  }

  after(frames: Frames): void {
    const { gpu, cpu } = this;
    gpu.after(frames);
    cpu.headers(frames.mbufs, frames.count, gpu.afterAddress);
  }
}
