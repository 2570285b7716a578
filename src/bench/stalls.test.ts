import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Eal } from '../dpdk/eal.js';
import { native } from '../memory/native.js';
import { benchStalls } from './stalls.js';
import { Away, STEPS_US } from './stalls-lcore.js';

after(() => Eal.stop());

test('a stall counts at each step that it reaches, and in what was lost', () => {
  const away = new Away(new SharedArrayBuffer(Away.BYTES));
  const steps = STEPS_US.map((us) => 1000 * us); // a clock of 1 GHz
  for (const us of [10, 99, 100, 2500]) away.note(1000 * us, steps);
  assert.deepEqual(away.stalls, [4, 2, 1]);
  assert.deepEqual([away.longest, away.lost], [2_500_000, 2_709_000]);
});

test('every CPU has a row; two threads on one CPU stall each other, and that is seen', async () => {
  const cpus = native.lcoreCpus().slice(0, 2);
  const { rows, interrupted } = await benchStalls({ seconds: 0.3, cpus });
  assert.equal(interrupted, undefined);
  assert.deepEqual(
    rows.map(({ cpu }) => cpu),
    cpus,
  );
  for (const { seconds, longestUs, lost, preemptions, stolenMs, ...stalls } of rows) {
    assert.ok(preemptions >= 0 && stolenMs >= 0, `${preemptions}, ${stolenMs} ms`);
    assert.ok(seconds > 0 && lost >= 0 && lost < 1, `${seconds} s, ${lost}`);
    assert.ok(stalls.stalls10us >= stalls.stalls100us && stalls.stalls100us >= stalls.stalls1ms);
    if (stalls.stalls10us > 0) assert.ok(longestUs >= 10);
  }
  // The kernel gives each of two threads that never wait a few milliseconds in turn.
  const [cpu] = cpus;
  const both = await Promise.all([1, 2].map(() => benchStalls({ seconds: 0.5, cpus: [cpu] })));
  const longest = Math.max(...both.map((one) => one.rows[0].longestUs));
  const switches = both.map((one) => one.rows[0].preemptions);
  assert.ok(Math.min(...switches) > 10, `${switches} switches are too few for two threads`);
  assert.ok(longest > 500, `${longest} µs is all that one had to wait for the other`);
});

test('stopped, it tells what it has seen by then', async () => {
  const cpus = native.lcoreCpus().slice(0, 1);
  const stop = AbortSignal.timeout(400);
  const { rows, interrupted } = await benchStalls({ seconds: 60, cpus }, { stop });
  assert.deepEqual([rows.length, interrupted], [1, true]);
  assert.ok(rows[0].seconds < 30);
});
