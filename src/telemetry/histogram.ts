import type { Window } from '../memory/memory.js';
import type { Address } from '../memory/native.js';

/*
 * HDR-style: 128 steps an octave, so a value is known to better than 1 %. Nanoseconds up to 2^32.
 *
 *   value < 256                 bucket = value
 *   2^k <= value < 2^(k+1)      bucket = 256 + (k - 8) * 128 + the 7 bits below the leading one
 */
const STEPS = 128;
const LINEAR = 2 * STEPS;
const BUCKETS = LINEAR + 24 * STEPS;

export const HISTOGRAM_BYTES = (BUCKETS + 8) * 8;

/** How many packets lie up to each of these times and above the one before; empty steps left out. */
export interface Distribution {
  /** Largest value of each step, in microseconds; the last one is the largest value recorded. */
  us: number[];
  packets: number[];
}

/** A distribution of latencies in shared memory; recording is two stores and no allocation. */
export class Histogram {
  private readonly counts: Float64Array;

  constructor(window: Window, address: Address) {
    this.counts = new Float64Array(window.buffer, address - window.address, BUCKETS + 8);
  }

  /** One in memory of its own, to merge others into. */
  static alone(): Histogram {
    return Histogram.over(new ArrayBuffer(HISTOGRAM_BYTES));
  }

  /** One over HISTOGRAM_BYTES that have no address that anybody knows. */
  static over(buffer: ArrayBuffer | SharedArrayBuffer): Histogram {
    return new Histogram({ buffer, address: 0 } as Window, 0);
  }

  /** Counts `n` packets of `ns` nanoseconds each. */
  record(ns: number, n: number): void {
    const value = ns < 0 ? 0 : ns > 0xffffffff ? 0xffffffff : ns >>> 0;
    const { counts } = this;
    counts[bucketOf(value)] += n;
    counts[BUCKETS] = Math.max(counts[BUCKETS], value);
  }

  merge(other: Histogram): void {
    const { counts } = this;
    for (let i = 0; i < BUCKETS; i++) counts[i] += other.counts[i];
    counts[BUCKETS] = Math.max(counts[BUCKETS], other.counts[BUCKETS]);
  }

  clear(): void {
    this.counts.fill(0);
  }

  get count(): number {
    return this.counts.subarray(0, BUCKETS).reduce((sum, n) => sum + n, 0);
  }

  /** Largest value recorded, exact, in nanoseconds. */
  get max(): number {
    return this.counts[BUCKETS];
  }

  /** Nanoseconds that `share` (0 to 1) of the packets did not exceed; 0 when nothing was recorded. */
  percentile(share: number): number {
    const rank = Math.max(1, Math.ceil(this.count * share));
    let seen = 0;
    for (let i = 0; i < BUCKETS; i++) {
      seen += this.counts[i];
      if (seen >= rank) return Math.min(highestOf(i), this.max);
    }
    return this.max;
  }

  /** The whole of it: percentiles can be had from this as from the histogram. */
  get distribution(): Distribution {
    const us: number[] = [];
    const packets: number[] = [];
    for (let i = 0; i < BUCKETS; i++) {
      if (this.counts[i] === 0) continue;
      us.push(Math.min(highestOf(i), this.max) / 1000);
      packets.push(this.counts[i]);
    }
    return { us, packets };
  }
}

function bucketOf(value: number): number {
  if (value < LINEAR) return value;
  const octave = 31 - Math.clz32(value);
  return LINEAR + (octave - 8) * STEPS + ((value >>> (octave - 7)) & (STEPS - 1));
}

/** The largest value that falls into a bucket. */
function highestOf(bucket: number): number {
  if (bucket < LINEAR) return bucket;
  const octave = 8 + Math.floor((bucket - LINEAR) / STEPS);
  const step = (bucket - LINEAR) % STEPS;
  return (STEPS + step + 1) * 2 ** (octave - 7) - 1;
}
