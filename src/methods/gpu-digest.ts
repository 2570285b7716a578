import type { CommList } from '../gpudev/comm-list.js';
import { type Gpu, KERNEL_ARGS, type KernelId, type StreamId } from '../gpudev/driver.js';
import { FRAMES_A_BLOCK } from '../kernels/fingerprint.js';
import { windowAt } from '../memory/memory.js';
import type { Address } from '../memory/native.js';
import { type Digest, FINGERPRINT_BYTES, type Frames } from './digest.js';

/** What a path's lcores need to have fingerprints taken by the GPU; plain data. */
export interface GpuDigestShare {
  kernel: KernelId;
  /** One for each end of the path: a stream has one submitter. */
  rxStream: StreamId;
  txStream: StreamId;
  /** Host memory the GPU reaches: a burst's fingerprints, taken before it is sent. */
  after: Address;
  /** Device address minus CPU address, of that and of the ledger. */
  toDevice: number;
}

/**
 * The GPU's digest: a kernel over the item's packet descriptors, on a stream of its own, so that it
 * runs beside a persistent kernel; the lcore waits for it. A chained frame is its first segment.
 */
export class GpuDigest implements Digest {
  readonly words: Uint32Array;
  private readonly args = new Float64Array(KERNEL_ARGS);

  constructor(
    private readonly gpu: Gpu,
    private readonly list: CommList,
    private readonly share: GpuDigestShare,
    private readonly stream: StreamId,
    burst: number,
    headBytes: number,
  ) {
    this.words = windowAt(share.after, burst * FINGERPRINT_BYTES).u32;
    this.args[3] = headBytes;
  }

  /** Where `words` lie. */
  get afterAddress(): Address {
    return this.share.after;
  }

  before({ item, first, count }: Frames, out: Address): void {
    const { gpu, list, share, stream, args } = this;
    const seen = list.deviceAddress - list.address;
    args[0] = list.packetsAddress(item) + seen + first * 16;
    args[1] = out + share.toDevice;
    args[2] = count;
    gpu.launch(stream, share.kernel, Math.ceil(count / FRAMES_A_BLOCK), args);
    gpu.synchronize(stream);
  }

  after(frames: Frames): void {
    this.before(frames, this.share.after);
  }
}
