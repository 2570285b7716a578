import type { Kernel } from '../kernels/kernel.js';
import type { Address } from '../memory/native.js';
import { Count, type Tally } from '../telemetry/tally.js';
import { type Digest, FINGERPRINT_BYTES, type Frames } from './digest.js';
import type { Ledger } from './ledger.js';

const WORDS = FINGERPRINT_BYTES / 4;
/** Where nothing may change, the head is looked at as the rest is. */
const HEAD_BYTES = 16;
const LENGTH = 6;

/** How many bytes of a frame's head are kept as they are, for `kernel` to say what becomes of them. */
export function headBytes(kernel?: Kernel): number {
  return kernel?.headBytes ?? HEAD_BYTES;
}

/**
 * --verify: every frame is looked at when it was received and again before it is sent. What the
 * kernel may change (the head) must be what the kernel should have made of it; everything else,
 * chained segments included where the digest sees them, must be untouched.
 */
export class Verifier {
  private readonly frames: Frames = { mbufs: 0, item: 0, first: 0, count: 0 };

  /** `kernel`: absent where nothing may change. One verifier per lcore. */
  constructor(
    private readonly ledger: Ledger,
    private readonly tally: Tally,
    private readonly digest: Digest,
    private readonly kernel?: Kernel,
  ) {}

  /** Notes what `count` frames look like that were received into `item` from packet `first` on. */
  received(mbufs: Address, item: number, first: number, count: number): void {
    const { digest, ledger } = this;
    digest.before(this.aim(mbufs, item, first, count), ledger.fingerprintAddress(item, first));
  }

  /** Compares all `count` frames of an item about to be sent. */
  sending(mbufs: Address, item: number, count: number): void {
    this.digest.after(this.aim(mbufs, item, 0, count));
    const before = this.ledger.words;
    const start = this.ledger.fingerprintWord(item, 0);
    let wrong = 0;
    for (let i = 0; i < count; i++) {
      const word = start + i * WORDS;
      this.kernel?.expect(before, word, before[word + LENGTH]);
      if (!this.same(before, word, i * WORDS)) wrong++;
    }
    this.tally.values[Count.checked] += count;
    if (wrong !== 0) this.tally.values[Count.wrong] += wrong;
  }

  private same(before: Uint32Array, at: number, then: number): boolean {
    const after = this.digest.words;
    for (let i = 0; i <= LENGTH; i++) if (before[at + i] !== after[then + i]) return false;
    return true;
  }

  private aim(mbufs: Address, item: number, first: number, count: number): Frames {
    const { frames } = this;
    frames.mbufs = mbufs;
    frames.item = item;
    frames.first = first;
    frames.count = count;
    return frames;
  }
}
