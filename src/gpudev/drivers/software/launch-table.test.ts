import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Board, LAUNCHES_MAX, POOL } from './board.js';
import { LaunchTable } from './launch-table.js';
import { putKernel } from './operation.js';

function table(): { launches: LaunchTable; begin(kernel: number, blocks: number): number } {
  const board = Board.create();
  const launches = new LaunchTable(board);
  launches.reset();
  return {
    launches,
    begin(kernel, blocks) {
      putKernel(board, POOL, kernel, blocks, [kernel, blocks]);
      return launches.begin(POOL);
    },
  };
}

test('blocks are taken once each, in order of launch', () => {
  const { launches, begin } = table();
  assert.equal(launches.next(), -1);
  const first = begin(5, 3);
  const second = begin(6, 1);
  const taken: number[][] = [];
  for (let launch = launches.next(); launch >= 0; launch = launches.next()) {
    taken.push([launch, launches.take(launch)]);
  }
  assert.deepEqual(taken, [
    [first, 0],
    [first, 1],
    [first, 2],
    [second, 0],
  ]);
  assert.equal(launches.kernel(second), 6);
  const args = new Float64Array(8);
  launches.copyArgs(first, args);
  assert.deepEqual([...args], [5, 3, 0, 0, 0, 0, 0, 0]);
});

test('a launch is finished when every block ended, not when every block was taken', () => {
  const { launches, begin } = table();
  const launch = begin(1, 2);
  launches.take(launch);
  launches.take(launch);
  launches.finish(launch);
  assert.ok(!launches.finished(launch));
  launches.finish(launch);
  assert.ok(launches.finished(launch));
});

test('a place is used again without its old blocks, also by who still holds its number', () => {
  const { launches, begin } = table();
  const old = begin(1, 1);
  launches.take(old);
  launches.finish(old);
  // A slow multiprocessor looks once more: nothing is left.
  assert.equal(launches.take(old), -1);
  launches.end(old);
  const again = begin(2, 2);
  assert.equal(again, old);
  assert.ok(!launches.finished(again));
  assert.deepEqual([launches.take(old), launches.take(again), launches.take(old)], [0, 1, -1]);
  assert.equal(launches.next(), -1);
});

test('a full table says so and takes again once there is room', () => {
  const { launches, begin } = table();
  for (let i = 0; i < LAUNCHES_MAX; i++) assert.ok(begin(1, 1) >= 0);
  assert.equal(begin(1, 1), -1);
  const launch = launches.next();
  launches.take(launch);
  launches.finish(launch);
  launches.end(launch);
  assert.equal(begin(1, 1), launch);
});

test('the ring of launches goes round', () => {
  const { launches, begin } = table();
  const waiting = [begin(1, 2), begin(2, 1)];
  for (let i = 0; i < 10 * LAUNCHES_MAX; i++) {
    const launch = waiting.shift() as number;
    assert.equal(launches.next(), launch);
    assert.equal(launches.kernel(launch), i + 1);
    for (let left = launches.blocks(launch); left > 0; left--) {
      assert.ok(launches.take(launch) >= 0);
      launches.finish(launch);
    }
    assert.ok(launches.finished(launch));
    launches.end(launch);
    waiting.push(begin(i + 3, 1 + (i % 3)));
  }
});
