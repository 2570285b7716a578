import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HostMemory } from '../memory/memory.js';
import { DROP_REASONS, dropReasons } from './drops.js';
import { Count, counters, TALLY_BYTES, Tally } from './tally.js';

test('every counter and every reason has a place of its own, none in the latencies', () => {
  const memory = new HostMemory(TALLY_BYTES);
  const tally = new Tally(memory.window, memory.address);
  const names = Object.keys(counters) as (keyof typeof counters)[];
  names.forEach((name, i) => {
    tally.values[Count[name]] += i + 1;
  });
  DROP_REASONS.forEach((reason, i) => {
    tally.drop(reason, 100 + i);
    tally.drop(reason, 100 + i);
  });
  const counted = names.map((name) => tally.values[Count[name]]);
  assert.deepEqual(
    counted,
    names.map((_, i) => i + 1),
  );
  assert.deepEqual(
    DROP_REASONS.map((reason) => tally.dropped(reason)),
    DROP_REASONS.map((_, i) => 2 * (100 + i)),
  );
  assert.equal(tally.latency.count, 0);
  assert.ok(names.length + DROP_REASONS.length <= tally.values.length);
  memory.release();
});

test('latencies lie behind the counters, within the tally’s bytes', () => {
  const memory = new HostMemory(3 * TALLY_BYTES);
  const { u8 } = memory.window;
  u8.fill(0xee);
  u8.fill(0, TALLY_BYTES, 2 * TALLY_BYTES);
  const tally = new Tally(memory.window, memory.address + TALLY_BYTES);
  for (const ns of [0, 1e3, 2 ** 32]) tally.latency.record(ns, 1);
  assert.ok(tally.values.every((value) => value === 0));
  tally.values.fill(5);
  assert.deepEqual([tally.latency.count, tally.latency.max], [3, 2 ** 32 - 1]);
  assert.ok(u8.subarray(0, TALLY_BYTES).every((byte) => byte === 0xee));
  assert.ok(u8.subarray(2 * TALLY_BYTES).every((byte) => byte === 0xee));
  memory.release();
});

test('whoever looks at the same memory reads the same counts', () => {
  const memory = new HostMemory(TALLY_BYTES);
  const [writer, reader] = [0, 1].map(() => new Tally(memory.window, memory.address));
  writer.values[Count.runts] += 3;
  writer.drop('tx_full', 4);
  writer.latency.record(500, 5);
  assert.deepEqual([reader.values[Count.runts], reader.dropped('tx_full')], [3, 4]);
  assert.deepEqual([reader.latency.count, reader.latency.max], [5, 500]);
  memory.release();
});

test('counters and drop reasons say in words what they count', () => {
  for (const [name, prose] of [...Object.entries(counters), ...Object.entries(dropReasons)]) {
    assert.match(name, /^[a-zA-Z_]+$/);
    assert.match(prose, /^\S.{10,}\S$/, name);
  }
});
