import { spread } from './spread.js';

/** Microseconds: the median, the lowest and highest beside it, and the 99th percentile. */
export interface Times {
  samples: number;
  us: number;
  usMin: number;
  usMax: number;
  usP99: number;
}

/** The median of SLICES slices of the time, the lowest and highest beside it. */
export interface Rate {
  itemsPerSecond: number;
  itemsPerSecondMin: number;
  itemsPerSecondMax: number;
}

/** Seconds each figure is measured; a fifth of it comes before, uncounted. */
const SECONDS = 0.25;
const SLICES = 5;
/** Calls in a row that a stream takes without waiting for the device. */
export const IN_A_ROW = 64;

/** Times of one call, in microseconds; each sample may stand for several calls in a row. */
export class Samples {
  private values: number[] = [];

  constructor(private readonly calls = 1) {}

  add(from: number, to: number): void {
    this.values.push(((to - from) * 1000) / this.calls);
  }

  forget(): void {
    this.values = [];
  }

  get figures(): Times {
    const { median, min, max } = spread(this.values);
    const sorted = this.values.toSorted((a, b) => a - b);
    const usP99 = sorted[Math.ceil(sorted.length * 0.99) - 1];
    return { samples: sorted.length, us: median, usMin: min, usMax: max, usP99 };
  }
}

/** Repeats `one` for SECONDS, once at least; what it noted in the warm-up is forgotten. */
export function measureFor(one: () => void, samples: Samples[]): void {
  repeatFor(SECONDS / 5, one);
  for (const some of samples) some.forget();
  repeatFor(SECONDS, one);
}

function repeatFor(seconds: number, one: () => void): void {
  const end = performance.now() + seconds * 1000;
  do one();
  while (performance.now() < end);
}

/** `some` does a few items and tells how many; between two looks at the clock it does many. */
export function itemsPerSecond(some: () => number): Rate {
  const slice = () => {
    const start = performance.now();
    let items = 0;
    repeatFor(SECONDS / SLICES, () => {
      for (let i = 0; i < IN_A_ROW; i++) items += some();
    });
    return Math.round((items * 1000) / (performance.now() - start));
  };
  slice();
  const { median, min, max } = spread(Array.from({ length: SLICES }, slice));
  return { itemsPerSecond: median, itemsPerSecondMin: min, itemsPerSecondMax: max };
}
