import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lineRates } from '../../bench/line-rates.js';
import { percentiles } from './latency.js';
import { rateGuides } from './line-rates.js';
import { pointOf, settingOf, splitBesideCpu, splitBy } from './rows.js';

const row = (method: string, memory: string, burst: number) => ({ method, memory, burst, mpps: 1 });

test('rows are split by what varies, in the order of its values, and the rest is the setting', () => {
  const rows = [row('graph', 'gpu', 64), row('graph', 'gpu', 8), row('serial', 'gpu', 64)];
  const panels = splitBy(rows, ['memory', 'burst']);
  assert.deepEqual(
    panels.map(({ title, rows }) => [title, rows.length]),
    [
      ['8 packets per item', 1],
      ['64 packets per item', 2],
    ],
  );
  assert.equal(settingOf(rows, ['memory', 'burst']), 'GPU memory');
  assert.deepEqual(splitBy(rows, ['memory']), [{ rows }]);
});

test('cpu stands beside the methods of every memory kind', () => {
  const rows = [row('cpu', 'host', 8), row('graph', 'gpu', 8), row('graph', 'staged', 8)];
  const panels = splitBesideCpu(rows, ['memory', 'burst']);
  assert.deepEqual(
    panels.map(({ title, rows }) => [title, rows.map(({ method }) => method)]),
    [
      ['GPU memory', ['graph', 'cpu']],
      ['staged memory', ['graph', 'cpu']],
    ],
  );
  // Where it was measured in that memory as well, only that.
  const [, there] = splitBesideCpu([...rows, row('cpu', 'staged', 8)], ['memory']);
  assert.deepEqual(
    there.rows.map(({ memory }) => memory),
    ['staged', 'staged'],
  );
  assert.equal(settingOf(rows.slice(0, 2), ['memory']), 'GPU memory');
  assert.equal(splitBesideCpu(rows.slice(0, 1), ['memory']).length, 1);
});

test('a point carries its limits and its doubts', () => {
  const limits = { mpps: 2, mppsMin: 1, mppsMax: 3 };
  assert.deepEqual(
    pointOf({ burst: 8, ...limits, spread: 1, crowded: true, lost: 1 }, 'burst', 'mpps'),
    {
      ...{ x: 8, y: 2, min: 1, max: 3 },
      ...{ wide: true, crowded: true, lossy: true },
    },
  );
  assert.deepEqual(pointOf({ burst: 8, mpps: 2, spread: 0.1, lost: 0 }, 'burst', 'mpps'), {
    x: 8,
    y: 2,
  });
});

test('a distribution becomes the share of packets at or below each edge', () => {
  const points = percentiles({ us: [1, 2, 8], packets: [50, 40, 10] });
  // 2: half are slower; 10: the slowest tenth; 100: the slowest of all.
  assert.deepEqual(points, [
    { x: 1, y: 1 },
    { x: 2, y: 1 },
    { x: 10, y: 2 },
    { x: 100, y: 8 },
  ]);
  assert.deepEqual(percentiles({ us: [], packets: [] }), []);
});

test('line rates that were reached are drawn, or else the lowest', () => {
  const rates = lineRates(1024);
  const names = (highest: number) => rateGuides(rates, [8, 64], highest).map(({ label }) => label);
  assert.deepEqual(names(20), ['100 GbE']);
  assert.deepEqual(names(250), ['100 GbE', '200 GbE']);
  const [{ points }] = rateGuides(rates, [8, 64], 20);
  assert.deepEqual(
    points.map(({ x }) => x),
    [8, 64],
  );
});
