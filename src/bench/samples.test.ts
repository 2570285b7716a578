import assert from 'node:assert/strict';
import { test } from 'node:test';
import { itemsPerSecond, measureFor, Samples } from './samples.js';

test('samples are microseconds a call, whatever number of calls each stands for', () => {
  const samples = new Samples(10);
  for (const ms of [1, 3, 2]) samples.add(100, 100 + ms);
  assert.deepEqual(samples.figures, { samples: 3, us: 200, usMin: 100, usMax: 300, usP99: 300 });
});

test('the 99th percentile of a hundred is the last but one', () => {
  const samples = new Samples();
  for (let i = 100; i > 0; i--) samples.add(0, i / 1000);
  const { us, usP99 } = samples.figures;
  assert.ok(Math.abs(us - 50.5) < 1e-9);
  assert.ok(Math.abs(usP99 - 99) < 1e-9);
});

test('what a warm-up noted does not count', () => {
  const samples = new Samples();
  let calls = 0;
  measureFor(() => samples.add(0, ++calls), [samples]);
  assert.ok(samples.figures.samples < calls);
  assert.ok(samples.figures.usMin > 1000);
});

test('items a second are those of the time it took', () => {
  const start = performance.now();
  let items = 0;
  const rate = itemsPerSecond(() => {
    items += 2;
    return 2;
  });
  const overall = (items * 1000) / (performance.now() - start);
  assert.ok(rate.itemsPerSecondMin <= rate.itemsPerSecond);
  assert.ok(rate.itemsPerSecond <= rate.itemsPerSecondMax);
  assert.ok(rate.itemsPerSecondMin <= overall * 1.5 && rate.itemsPerSecondMax >= overall / 1.5);
});
