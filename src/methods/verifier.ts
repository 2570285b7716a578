import type { Kernel } from '../kernels/kernel.js';
import { HostMemory, storeAddress } from '../memory/memory.js';
import { type Address, native } from '../memory/native.js';
import { Count, type Tally } from '../telemetry/tally.js';
import type { Ledger } from './ledger.js';

const FINGERPRINT = 32;
const HEAD_WORDS = 4;
const LENGTH = 6;

/*
 * A fingerprint (struct fingerprint in native/dpdk/burst.c):
 *   head: first bytes, up to 16 │ sum of all bytes after them, u64 │ frame length │ segments
 */

/**
 * --verify: every frame is looked at when it was received and again before it is sent. What the
 * kernel may change (the head) must be what the kernel should have made of it; everything else,
 * chained segments included, must be untouched.
 */
export class Verifier {
  private readonly digest: () => void;
  private readonly request: Uint32Array;
  private readonly after: Uint32Array;
  private readonly afterAddress: Address;

  /** `kernel`: absent where nothing may change. One verifier per lcore. */
  constructor(
    private readonly ledger: Ledger,
    private readonly tally: Tally,
    burst: number,
    private readonly kernel?: Kernel,
  ) {
    const memory = new HostMemory(64 + burst * FINGERPRINT);
    this.request = memory.window.u32;
    this.afterAddress = memory.address + 64;
    this.after = memory.window.u32.subarray(16);
    this.digest = native.bindDigest(memory.address);
  }

  /** Notes what `count` frames look like that were received into `item` from packet `first` on. */
  received(mbufs: Address, item: number, first: number, count: number): void {
    this.take(mbufs, this.ledger.fingerprintAddress(item, first), count);
  }

  /** Compares all `count` frames of an item about to be sent. */
  sending(mbufs: Address, item: number, count: number): void {
    this.take(mbufs, this.afterAddress, count);
    const before = this.ledger.words;
    const start = this.ledger.fingerprintWord(item, 0);
    let wrong = 0;
    for (let i = 0; i < count; i++) {
      const word = start + i * (FINGERPRINT / 4);
      this.kernel?.expect(before, word, before[word + LENGTH]);
      if (!this.same(before, word, i * (FINGERPRINT / 4))) wrong++;
    }
    this.tally.values[Count.checked] += count;
    if (wrong !== 0) this.tally.values[Count.wrong] += wrong;
  }

  private same(before: Uint32Array, at: number, then: number): boolean {
    for (let i = 0; i <= LENGTH; i++) if (before[at + i] !== this.after[then + i]) return false;
    return true;
  }

  private take(mbufs: Address, out: Address, count: number): void {
    storeAddress(this.request, 0, mbufs);
    storeAddress(this.request, 2, out);
    this.request[4] = count;
    this.request[5] = this.kernel?.headBytes ?? HEAD_WORDS * 4;
    this.digest();
  }
}
