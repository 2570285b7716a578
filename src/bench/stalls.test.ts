import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
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

test('every CPU has a row', async () => {
  const cpus = native.lcoreCpus().slice(0, 2);
  const { rows, interrupted } = await benchStalls({ seconds: 0.3, cpus });
  assert.equal(interrupted, undefined);
  assert.deepEqual(
    rows.map(({ cpu }) => cpu),
    cpus,
  );
  for (const { seconds, longestUs, lost, preemptions, stolenMs, ...stalls } of rows) {
    const { pollNsP1, pollNsP50, pollNsP99 } = stalls;
    assert.ok(pollNsP1 > 0 && pollNsP1 <= pollNsP50 && pollNsP50 <= pollNsP99, `${pollNsP50} ns`);
    // A poll is a call of a native function, and a stall none of these.
    assert.ok(pollNsP99 < 10_000, `${pollNsP99} ns`);
    assert.ok(preemptions >= 0 && stolenMs >= 0, `${preemptions}, ${stolenMs} ms`);
    assert.ok(seconds > 0 && lost >= 0 && lost < 1, `${seconds} s, ${lost}`);
    assert.ok(stalls.stalls10us >= stalls.stalls100us && stalls.stalls100us >= stalls.stalls1ms);
    if (stalls.stalls10us > 0) assert.ok(longestUs >= 10);
  }
});

test('a program on the same CPU makes it stall, and the kernel is named', async () => {
  const [cpu] = native.lcoreCpus();
  const other = spawn('taskset', ['-c', String(cpu), process.execPath, '-e', 'for (;;);']);
  try {
    await once(other, 'spawn');
    const { rows } = await benchStalls({ seconds: 1, cpus: [cpu] });
    // Each of the two has a few milliseconds in turn.
    const [{ longestUs, lost, preemptions }] = rows;
    assert.ok(longestUs > 500, `${longestUs} µs is all that it had to wait for the other`);
    assert.ok(lost > 0.1, `${lost} of the time`);
    assert.ok(preemptions > 10, `${preemptions} preemptions are too few for two threads`);
  } finally {
    other.kill('SIGKILL');
  }
});

test('stopped, it tells what it has seen by then', async () => {
  const cpus = native.lcoreCpus().slice(0, 1);
  const stop = AbortSignal.timeout(400);
  const { rows, interrupted } = await benchStalls({ seconds: 60, cpus }, { stop });
  assert.deepEqual([rows.length, interrupted], [1, true]);
  assert.ok(rows[0].seconds < 30);
});
