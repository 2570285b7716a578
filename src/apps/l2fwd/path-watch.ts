import { describe, inWork, oldestReady, wordsOf } from './in-work.js';
import type { Rig } from './rig.js';

/** What is stuck, and for how long. */
export interface Stuck {
  readonly what: string;
  readonly ms: number;
}

/** Watches what the GPU does for one path. Times are the watchdog's, in milliseconds. */
export class PathWatch {
  /** The number of the item that was the oldest READY one at the last look … */
  private oldest: number | undefined;
  /** … and since when; with none READY, since when no item has gone round. */
  private since = 0;
  private freed = 0;
  /** When each block last gave a sign of life, and the word it wrote then. */
  private readonly seen: Int32Array;
  private readonly beaten: Float64Array;

  constructor(
    private readonly rig: Rig,
    private readonly path: number,
  ) {
    const blocks = rig.heartbeats[path].length;
    this.seen = new Int32Array(blocks);
    this.beaten = new Float64Array(blocks);
  }

  look(now: number, limitMs: number): Stuck | undefined {
    this.hear(now);
    const { freed } = wordsOf(this.rig, this.path);
    const number = oldestReady(this.rig, this.path)?.number;
    // Blocks that always find an item soon give no sign of life: the items do.
    if (number !== this.oldest || (number === undefined && freed !== this.freed)) {
      this.oldest = number;
      this.since = now;
    }
    this.freed = freed;
    if (now - this.since <= limitMs) return undefined;
    return number === undefined ? this.silent(now, limitMs) : this.unserved(now);
  }

  private hear(now: number): void {
    const words = this.rig.heartbeats[this.path];
    for (let block = 0; block < words.length; block++) {
      const word = Atomics.load(words, block);
      if (word === this.seen[block]) continue;
      this.seen[block] = word;
      this.beaten[block] = now;
    }
  }

  /** An item waits, and none of those before it came back. */
  private unserved(now: number): Stuck | undefined {
    const found = inWork(this.rig, this.path);
    // It became DONE just now.
    if (found === undefined || found.number !== this.oldest) return undefined;
    return { what: `${describe(found, this.path)} stayed READY`, ms: now - this.since };
  }

  /** No item waits, and a block that used to give signs of life gives none any more. */
  private silent(now: number, limitMs: number): Stuck | undefined {
    for (let block = 0; block < this.seen.length; block++) {
      const ms = now - Math.max(this.beaten[block], this.since);
      if (this.seen[block] === 0 || ms <= limitMs) continue;
      return { what: `block ${block} of path ${this.path} polls no more`, ms };
    }
    return undefined;
  }
}
