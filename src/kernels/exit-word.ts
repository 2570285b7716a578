import { LINE } from '../gpudev/comm-list-layout.js';
import type { HostMemory } from '../memory/memory.js';
import type { Address } from '../memory/native.js';

/** Lines of an exit word. */
export const EXIT_LINES = 64;

/**
 * The word that ends blocks which wait for items, in host memory. It stands once on each of so many
 * cache lines, and a block looks at the line of its item: a GPU answers reads of one line of host memory
 * one after the other, so that with one word for all 32 waiting blocks would wait for each other.
 * Kernels of a user's own look at the first.
 */
export class ExitWord {
  static readonly BYTES = EXIT_LINES * LINE;
  private readonly words: Int32Array;

  /** Number `n` of those that `memory` has room for; `seen`: where kernels see that memory. */
  constructor(
    memory: HostMemory,
    private readonly seen: Address,
    private readonly n = 0,
  ) {
    this.words = new Int32Array(memory.window.buffer, n * ExitWord.BYTES, ExitWord.BYTES / 4);
  }

  /** As kernels see it. */
  get address(): Address {
    return this.seen + this.n * ExitWord.BYTES;
  }

  raise(): void {
    this.store(1);
  }

  lower(): void {
    this.store(0);
  }

  private store(value: number): void {
    const { words } = this;
    for (let at = 0; at < words.length; at += LINE / 4) Atomics.store(words, at, value);
  }
}
