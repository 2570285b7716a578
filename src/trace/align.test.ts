import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matchClocks, nudge } from './align.js';
import type { ItemTrace } from './items.js';

test('two pairs of moments give offset and drift, one pair the offset', () => {
  const start = { tsc: 1000, device: 2n ** 60n, error: 1 };
  // 2 GHz, and a device whose second is a tenth longer.
  const end = { tsc: 1000 + 2e9, device: 2n ** 60n + 900_000_000n, error: 1 };
  const match = matchClocks(start, end, 2e9);
  assert.equal(match(start.device), 1000);
  assert.equal(Math.round(match(end.device)), end.tsc);
  assert.ok(Math.abs(match(2n ** 60n + 450_000_000n) - (1000 + 1e9)) < 1);
  assert.equal(matchClocks(start, undefined, 2e9)(2n ** 60n + 50n), 1100);
});

function item(handed: number, start: number, end: number, found: number): ItemTrace {
  const kernel = { began: start, start, end, block: 0, processor: 0 };
  return { number: 0, packets: 1, receives: [], sends: [], handed, kernel, found };
}

test('kernels stay where they are if that is possible, else go where it is', () => {
  assert.equal(nudge([item(10, 11, 15, 16), item(20, 20, 30, 30)]), 0);
  // One takes its item 4 before it was handed on.
  assert.equal(nudge([item(10, 6, 12, 40), item(20, 25, 30, 50)]), 4);
  // One ends 5 after it was found DONE.
  assert.equal(nudge([item(10, 30, 45, 40), item(20, 35, 40, 50)]), -5);
  // Both, which no move mends: the middle.
  assert.equal(nudge([item(10, 6, 16, 14)]), 1);
  assert.equal(nudge([]), 0);
  assert.equal(nudge([{ number: 1, packets: 1, receives: [], sends: [], handed: 5 }]), 0);
});
