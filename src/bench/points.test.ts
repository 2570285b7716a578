import assert from 'node:assert/strict';
import { test } from 'node:test';
import { completeSweep, pointName, pointsOf, roundOrder } from './points.js';

test('a GPU gets the full sweep without cpu; what is given comes instead of the default', () => {
  const sweep = completeSweep({}, 'cuda');
  const methods = ['io', 'serial', 'launch', 'persistent', 'stream', 'graph'];
  assert.deepEqual(sweep.methods, methods);
  assert.deepEqual(sweep.memory, ['host', 'gpu', 'gpu-mapped', 'staged']);
  assert.deepEqual(sweep.bursts, [8, 16, 32, 64, 128, 256]);
  assert.deepEqual(sweep.pipelines, [1, 2, 4]);
  assert.equal(pointsOf(sweep).length, 6 * 4 * 6 * 3);
  const given = completeSweep({ bursts: [1], repeats: 2, methods: ['cpu'] }, 'cuda');
  assert.deepEqual(given, { ...sweep, bursts: [1], repeats: 2, methods: ['cpu'] });
});

test('the software device gets what a minute is enough for', () => {
  const sweep = completeSweep({}, 'software');
  const perPoint = sweep.repeats * (sweep.seconds + 0.3 + 0.5) + 0.8;
  assert.ok(pointsOf(sweep).length * perPoint < 60);
});

test('points are every combination, each once', () => {
  const points = pointsOf({
    ...completeSweep({}, 'software'),
    methods: ['io', 'graph'],
    memory: ['host', 'gpu'],
    bursts: [8, 16],
    pipelines: [1, 4],
  });
  const names = points.map(pointName);
  assert.equal(names.length, 16);
  assert.equal(new Set(names).size, 16);
  assert.equal(names[0], 'io host burst 8 pipelines 1');
  assert.equal(names[1], 'io host burst 16 pipelines 1');
  assert.equal(names[15], 'graph gpu burst 16 pipelines 4');
});

test('every round has every point, and every other one goes backwards', () => {
  const points = [1, 2, 3];
  assert.deepEqual(
    [0, 1, 2].map((round) => roundOrder(points, round)),
    [
      [1, 2, 3],
      [3, 2, 1],
      [1, 2, 3],
    ],
  );
  assert.deepEqual(points, [1, 2, 3]);
});
