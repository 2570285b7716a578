import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sampleTrace } from '../testing/report-trace.js';
import { excerptOf } from './excerpt.js';
import { tracksOf } from './trace-file.js';

test('an excerpt holds some slices of every track, and none over another in a lane', () => {
  const tracks = tracksOf(sampleTrace().traceEvents as never);
  const { from, to, lanes, left } = excerptOf(tracks);
  assert.equal(left, 0);
  assert.deepEqual(
    [...new Set(lanes.map(({ name }) => name))],
    tracks.map(({ name }) => name),
  );
  const shown = lanes.reduce((sum, { slices }) => sum + slices.length, 0);
  assert.ok(shown > 60 && shown < 140, `${shown}`);
  for (const { slices } of lanes) {
    for (const [i, slice] of slices.entries()) {
      assert.ok(slice.to >= from && slice.from <= to);
      if (slice.nested) assert.ok(slice.to <= slices[i - 1].to);
      else if (i > 0) assert.ok(slice.from >= slices[i - 1].to - (to - from) / 400);
    }
  }
});

test('where slices are numbered some items in a row are followed from end to end', () => {
  const lives = Array.from({ length: 40 }, (_, n) => n);
  const track = (name: string, after: number) => ({
    name,
    slices: lives.map((n) => ({
      name: `${name} ${n}`,
      from: n * 10 + after,
      to: n * 10 + after + 2,
    })),
  });
  const items = lives.slice(0, 8).map((i) => ({
    name: `item ${i}`,
    slices: lives
      .filter((n) => n % 8 === i)
      .map((n) => ({ name: `READY ${n}`, from: n * 10 + 2, to: n * 10 + 30 })),
  }));
  const all = [track('receive', 0), ...items, track('send', 30)];
  const { from, to, lanes, items: followed } = excerptOf(all);
  assert.deepEqual(
    followed,
    followed.map((_, i) => followed[0] + i),
  );
  assert.deepEqual([from, to], [followed[0] * 10, followed[4] * 10 + 32]);
  // Of the items of the list those that are followed, and both lcores.
  const names = followed.map((n) => `item ${n % 8}`);
  assert.deepEqual(new Set(lanes.map(({ name }) => name)), new Set(['receive', ...names, 'send']));
});

test('a short trace is shown whole, an empty one is nothing', () => {
  const slices = [
    { name: 'a', from: 5, to: 30 },
    { name: 'b', from: 6, to: 7 },
  ];
  const across = [...slices, { name: 'c', from: 20, to: 31 }];
  const { from, to, lanes } = excerptOf([{ name: 'x', slices: across }]);
  assert.deepEqual([from, to, lanes.length], [5, 31, 2]);
  assert.deepEqual(
    lanes.map(({ slices }) => slices.map(({ name, nested }) => [name, nested])),
    [
      [
        ['a', false],
        ['b', true],
      ],
      [['c', false]],
    ],
  );
  assert.deepEqual(excerptOf([]).lanes, []);
});
