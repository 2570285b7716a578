import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { after, test } from 'node:test';
import { runL2fwd } from '../apps/l2fwd/run.js';
import { Eal } from '../dpdk/eal.js';
import { native } from '../memory/native.js';
import { keepApart } from './apart.js';
import { CPUS_TO_SPARE } from './lcore.js';

Eal.start();
after(() => Eal.stop());
const cpus = native.lcoreCpus();
const skip = cpus.length < 2 && 'there is one CPU';

/** The CPUs of each thread of this process. */
function places(): Map<string, number[]> {
  const threads = readdirSync('/proc/self/task');
  return new Map(threads.map((tid) => [tid, native.threadCpus(Number(tid))]));
}

test('no thread is left on the CPUs of lcores, and each comes back to where it was', {
  skip,
}, () => {
  const [, second] = cpus;
  const before = places();
  const together = keepApart([second]);
  const meanwhile = [...places().values()];
  together();
  assert.ok(meanwhile.length > 1, 'V8 has threads of its own');
  for (const each of meanwhile) assert.ok(!each.includes(second), `one may run on ${each}`);
  assert.deepEqual(places(), before);
});

test('where no CPU is left for them they stay, and without lcores, too', () => {
  const before = places();
  for (const taken of [cpus, [], undefined]) {
    const together = keepApart(taken);
    assert.deepEqual(places(), before);
    together();
  }
});

test('where CPUs are left a run has its lcores apart; it says how often one was preempted', {
  skip,
}, async () => {
  const [, second] = cpus;
  const seen: number[][] = [];
  const onStart = () => void seen.push(native.lcoreCpus());
  const options = { device: 'software', method: 'io' as const, cpus: [second], packets: 100_000 };
  const result = await runL2fwd({ ...options, ports: ['net_null0,size=64'] }, { onStart });
  assert.equal(result.error, undefined);
  const rest = CPUS_TO_SPARE ? cpus.filter((cpu) => cpu !== second) : cpus;
  assert.deepEqual(seen, [rest]);
  assert.deepEqual(native.lcoreCpus(), cpus);
  const [{ preemptions }] = result.stages;
  assert.ok(Number.isInteger(preemptions), `${preemptions}`);
});
