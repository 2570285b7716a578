import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus } from 'node:os';
import { test } from 'node:test';
import type { Machine } from './machine.js';

/** `machine()` of a process that may use these CPUs. */
function machineOn(list: string): Machine {
  const module = JSON.stringify(new URL('./machine.js', import.meta.url).href);
  const print = `import { machine } from ${module}; console.log(JSON.stringify(machine()))`;
  const node = [process.execPath, '--input-type=module', '-e', print];
  return JSON.parse(execFileSync('taskset', ['-c', list, ...node], { encoding: 'utf8' }));
}

test('CPUs that a process may not use are named', (t) => {
  const all = cpus().length;
  if (all === 1 || availableParallelism() < all)
    return t.skip('it has one CPU, or may not use all');
  const { cores, coresAllowed } = machineOn('0');
  assert.deepEqual([cores, coresAllowed], [all, 1]);
  assert.equal(machineOn(`0-${all - 1}`).coresAllowed, undefined);
});
