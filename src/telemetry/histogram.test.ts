import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HostMemory } from '../memory/memory.js';
import { HISTOGRAM_BYTES, Histogram } from './histogram.js';

const LARGEST = 2 ** 32 - 1;
const SHARES = [0, 0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 1];

/** Nanoseconds of every magnitude, as often small as large. */
const ns = fc.tuple(fc.integer({ min: 0, max: 32 }), fc.double({ min: 0, max: 1, noNaN: true }));
const value = ns.map(([bits, share]) => Math.min(Math.floor(2 ** bits * (1 + share)), LARGEST));
const record = fc.tuple(value, fc.integer({ min: 1, max: 1024 }));
const records = fc.array(record, { minLength: 1, maxLength: 200 });

/** The same distribution as a sorted list of (value, how many). */
class Sorted {
  private readonly all: [value: number, n: number][];

  constructor(recorded: readonly [value: number, n: number][]) {
    this.all = [...recorded].sort(([a], [b]) => a - b);
  }

  get count(): number {
    return this.all.reduce((sum, [, n]) => sum + n, 0);
  }

  get max(): number {
    return this.all[this.all.length - 1][0];
  }

  /** The value that the packet of that rank had, packets in order. */
  percentile(share: number): number {
    let left = Math.max(1, Math.ceil(this.count * share));
    for (const [one, n] of this.all) {
      left -= n;
      if (left <= 0) return one;
    }
    return this.max;
  }
}

function of(recorded: readonly [value: number, n: number][]): Histogram {
  const histogram = Histogram.alone();
  for (const [one, n] of recorded) histogram.record(one, n);
  return histogram;
}

function check(histogram: Histogram, expected: Sorted): void {
  assert.equal(histogram.count, expected.count);
  assert.equal(histogram.max, expected.max);
  for (const share of SHARES) {
    const right = expected.percentile(share);
    const told = histogram.percentile(share);
    // Never less than it was, and less than 1 % more.
    assert.ok(told >= right && told <= right * 1.01, `p${share * 100}: ${told}, not ${right}`);
  }
  assert.equal(histogram.percentile(1), expected.max);
}

test('percentiles are those of the sorted values to 1 %, count and maximum exact', () => {
  fc.assert(
    fc.property(records, (recorded) => check(of(recorded), new Sorted(recorded))),
    { numRuns: 500 },
  );
});

test('two merged are as one that recorded both', () => {
  fc.assert(
    fc.property(records, records, (first, second) => {
      const histogram = of(first);
      histogram.merge(of(second));
      check(histogram, new Sorted([...first, ...second]));
    }),
  );
});

test('merging changes the one, not the other, and nothing when there is nothing', () => {
  const [empty, full] = [Histogram.alone(), of([[777, 3]])];
  full.merge(empty);
  assert.deepEqual([full.count, full.max, full.percentile(0.5)], [3, 777, 777]);
  empty.merge(full);
  empty.merge(full);
  assert.deepEqual([empty.count, empty.max, full.count], [6, 777, 3]);
});

test('every value up to 255 has a step of its own, and no gap lies between steps', () => {
  for (let one = 0; one < 256; one++) {
    const histogram = of([
      [one, 1],
      [LARGEST, 1],
    ]);
    assert.equal(histogram.percentile(0.5), one);
  }
  // At the ends of each octave and of steps within it, the step's highest value is no lower.
  for (let bit = 8; bit < 32; bit++)
    for (const one of [2 ** bit - 1, 2 ** bit, 2 ** bit + 2 ** (bit - 7) - 1, 1.5 * 2 ** bit]) {
      const told = of([
        [one, 1],
        [LARGEST, 1],
      ]).percentile(0.5);
      assert.ok(told >= one && told < one * 1.01, `${one}: ${told}`);
    }
});

test('a percentile is never above the largest value', () => {
  // 300 lies in a step that goes on to 301.
  assert.equal(of([[300, 1]]).percentile(0.5), 300);
});

test('negative counts as 0, past 2^32 - 1 ns as that, fractions as whole ns', () => {
  const histogram = of([
    [-5, 1],
    [0.99, 1],
    [1.99, 1],
    [5e9, 1],
    [Number.POSITIVE_INFINITY, 1],
  ]);
  const told = [0.2, 0.4, 0.6, 0.8, 1].map((share) => histogram.percentile(share));
  assert.deepEqual(told, [0, 0, 1, LARGEST, LARGEST]);
  assert.deepEqual([histogram.count, histogram.max], [5, LARGEST]);
});

test('nothing recorded: no packets, and 0 for whatever is asked; so again after clearing', () => {
  const histogram = Histogram.alone();
  const nothing = () => {
    assert.deepEqual([histogram.count, histogram.max], [0, 0]);
    for (const share of SHARES) assert.equal(histogram.percentile(share), 0);
  };
  nothing();
  for (const one of [0, 255, 256, 1e6, LARGEST]) histogram.record(one, 7);
  assert.equal(histogram.count, 35);
  histogram.clear();
  nothing();
});

test('the distribution gives the same percentiles, and has no empty steps', () => {
  fc.assert(
    fc.property(records, (recorded) => {
      const histogram = of(recorded);
      const { us, packets } = histogram.distribution;
      assert.equal(us.length, packets.length);
      assert.ok(packets.every((n) => n > 0) && us.every((edge, i) => i === 0 || edge > us[i - 1]));
      assert.equal(
        packets.reduce((sum, n) => sum + n, 0),
        histogram.count,
      );
      for (const share of SHARES) {
        let left = Math.max(1, Math.ceil(histogram.count * share));
        const step = packets.findIndex((n) => {
          left -= n;
          return left <= 0;
        });
        assert.equal(us[step], histogram.percentile(share) / 1000);
      }
    }),
  );
  assert.deepEqual(Histogram.alone().distribution, { us: [], packets: [] });
});

test('counts go on where 32 bits end', () => {
  const histogram = of([
    [100, 2 ** 33],
    [200, 2 ** 33 + 2],
  ]);
  assert.equal(histogram.count, 2 ** 34 + 2);
  assert.deepEqual([histogram.percentile(0.5), histogram.percentile(0.51)], [200, 200]);
  assert.equal(histogram.percentile(0.49), 100);
});

test('in shared memory it keeps to its bytes, and another view sees what it recorded', () => {
  const memory = new HostMemory(3 * HISTOGRAM_BYTES);
  const { u8 } = memory.window;
  u8.fill(0xee);
  u8.fill(0, HISTOGRAM_BYTES, 2 * HISTOGRAM_BYTES);
  const at = memory.address + HISTOGRAM_BYTES;
  const histogram = new Histogram(memory.window, at);
  for (const one of [0, 255, 256, 1e6, LARGEST]) histogram.record(one, 2);
  const there = new Histogram(memory.window, at);
  assert.deepEqual([there.count, there.max, there.percentile(0.3)], [10, LARGEST, 255]);
  histogram.clear();
  assert.ok(u8.subarray(0, HISTOGRAM_BYTES).every((byte) => byte === 0xee));
  assert.ok(u8.subarray(2 * HISTOGRAM_BYTES).every((byte) => byte === 0xee));
  memory.release();
});
