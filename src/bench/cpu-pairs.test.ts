import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Eal } from '../dpdk/eal.js';
import { native } from '../memory/native.js';
import { benchCpuPairs } from './cpu-pairs.js';
import { Ball } from './cpu-pairs-lcore.js';

after(() => Eal.stop());
const cpus = native.lcoreCpus().slice(0, 3);
const skip = cpus.length < 2 && 'there is one CPU';

test('every pair of CPUs has a row, its median between the lowest and the highest', {
  skip,
}, async () => {
  const { rows, interrupted } = await benchCpuPairs(cpus);
  assert.equal(interrupted, undefined);
  assert.equal(rows.length, (cpus.length * (cpus.length - 1)) / 2);
  for (const { cpu, to, ns, nsMin, nsMax } of rows) {
    assert.ok(cpus.includes(cpu) && cpus.includes(to) && cpu !== to);
    assert.ok(0 < nsMin && nsMin <= ns && ns <= nsMax, `${nsMin} ${ns} ${nsMax}`);
  }
});

test('stopped before it begins it ends with no rows', { skip }, async () => {
  const { rows, interrupted } = await benchCpuPairs(cpus, { stop: AbortSignal.abort() });
  assert.deepEqual([rows, interrupted], [[], true]);
});

test('who waits for the other is told when the game is over', () => {
  const ball = new Ball(new SharedArrayBuffer(Ball.BYTES));
  ball.drop();
  assert.equal(ball.meet(1), false);
});
