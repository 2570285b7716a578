import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expand } from '../testing/recorded-machine.js';
import { cpuOrder } from './cpu-order.js';

/** The order of these CPUs on a machine where each core has the hardware threads of one list. */
function order(cpus: readonly number[], ...cores: readonly number[][]): number[] {
  const files = cores.flatMap((threads) =>
    threads.map((cpu) => [
      `/sys/devices/system/cpu/cpu${cpu}/topology/thread_siblings_list`,
      threads.join(),
    ]),
  );
  return cpuOrder(cpus, expand({ files: Object.fromEntries(files) }));
}

test('neighbours that share a core: one of each core first', () => {
  assert.deepEqual(order([0, 1, 2, 3, 4, 5], [0, 1], [2, 3], [4, 5]), [0, 2, 4, 1, 3, 5]);
});

test('where cores are numbered first nothing changes', () => {
  assert.deepEqual(order([0, 1, 2, 3], [0, 2], [1, 3]), [0, 1, 2, 3]);
});

test('what counts is which CPUs may be used: a thread whose sibling may not be is alone', () => {
  assert.deepEqual(order([1, 2, 3, 7], [0, 1], [2, 3], [6, 7]), [1, 2, 7, 3]);
});

test('four threads a core: the first of each, then the others as they are numbered', () => {
  const all = [0, 1, 2, 3, 4, 5, 6, 7];
  assert.deepEqual(order(all, [0, 1, 2, 3], [4, 5, 6, 7]), [0, 4, 1, 2, 3, 5, 6, 7]);
});

test('a kernel that does not say is taken to have a core for each', () => {
  assert.deepEqual(order([3, 1, 2]), [3, 1, 2]);
});
