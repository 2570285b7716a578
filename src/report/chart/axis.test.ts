import assert from 'node:assert/strict';
import { test } from 'node:test';
import { axisOf, thinned } from './axis.js';

const labels = ({ ticks }: ReturnType<typeof axisOf>) => ticks.map(({ label }) => label);

test('a linear axis begins at 0 and ends at a round number', () => {
  const axis = axisOf({ title: '', kind: 'linear' }, [37, 92], 200, 0);
  assert.deepEqual(labels(axis), ['0', '20', '40', '60', '80', '100']);
  assert.deepEqual([axis.at(0), axis.at(50), axis.at(100)], [200, 100, 0]);
  const exact = axisOf({ title: '', kind: 'linear', exact: true }, [92], 0, 92);
  assert.equal(exact.at(92), 92);
});

test('auto takes a log axis where a linear one would flatten the lowest values', () => {
  const near = axisOf({ title: '', kind: 'auto' }, [10, 250], 0, 100);
  assert.equal(near.at(0), 0);
  const far = axisOf({ title: '', kind: 'auto' }, [10, 251], 0, 100);
  assert.deepEqual(labels(far), ['10', '20', '50', '100', '200']);
  // Equal ratios are equally far apart.
  const gap = (a: number, b: number) => Math.round(1000 * (far.at(b) - far.at(a)));
  assert.equal(gap(10, 20), gap(100, 200));
  assert.ok(far.at(10) > 0 && far.at(251) < 100);
});

test('a log axis over many decades has decades only, over a narrow range two ticks at least', () => {
  const many = axisOf({ title: '', kind: 'log' }, [0.01, 100], 0, 100);
  assert.deepEqual(labels(many), ['0.01', '0.1', '1', '10', '100']);
  assert.deepEqual(labels(axisOf({ title: '', kind: 'log' }, [3, 3.1], 0, 100)), ['2', '5']);
});

test('0 stands a step before the others on a log axis, past a break', () => {
  const ticks = [0, 10, 100];
  const axis = axisOf({ title: '', kind: 'log', ticks }, ticks, 0, 100);
  assert.equal(axis.at(0), 0);
  assert.ok(axis.break !== undefined && axis.break > axis.at(0) && axis.break < axis.at(10));
  assert.equal(Math.round(axis.at(100)), 100);
  assert.equal(
    axisOf({ title: '', kind: 'log', ticks: [10, 99] }, [10, 99], 0, 1).break,
    undefined,
  );
});

test('0 among the values of a log axis stands at its end', () => {
  const axis = axisOf({ title: '', kind: 'log' }, [0, 1, 1000], 100, 0);
  assert.equal(axis.at(0), 100);
  assert.ok(axis.at(1) < 100);
});

test('there may be very many values', () => {
  const values = Array.from({ length: 300_000 }, (_, i) => i);
  assert.equal(axisOf({ title: '', kind: 'linear', exact: true }, values, 0, 1).at(299_999), 1);
});

test('one value stands in the middle, no value breaks nothing', () => {
  assert.equal(
    Math.round(axisOf({ title: '', kind: 'log', ticks: [64] }, [64], 0, 100).at(64)),
    50,
  );
  assert.equal(axisOf({ title: '', kind: 'log' }, [], 0, 100).at(0), 0);
});

test('ticks without room are left out, never the first and the last', () => {
  const ticks = [0, 9, 20, 29, 40].map((at) => ({ at, label: String(at) }));
  const kept = thinned(ticks, () => 12).map(({ at }) => at);
  assert.deepEqual(
    kept.toSorted((a, b) => a - b),
    [0, 20, 40],
  );
});
