import assert from 'node:assert/strict';
import { test } from 'node:test';
import { work } from './work.js';

test('keeps the thread busy for no less than it is asked for', () => {
  for (const ns of [0, 1, 1000, 250_000, 5_000_000]) {
    const start = performance.now();
    const cpu = process.cpuUsage();
    work(ns);
    const elapsed = performance.now() - start;
    assert.ok(elapsed * 1e6 >= ns, `${elapsed} ms for ${ns} ns`);
    // Busy, not asleep: unless others have the CPU, it is this thread's time.
    const { user, system } = process.cpuUsage(cpu);
    if (ns === 5_000_000) assert.ok(user + system > 0);
  }
});
