import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TrafficCount } from './control.js';
import { Order } from './order.js';

function seen(sequences: readonly number[]): { outOfOrder: number; duplicated: number } {
  const counts = new Float64Array(8);
  const order = new Order(counts);
  for (const sequence of sequences) order.see(sequence);
  const { outOfOrder, duplicated } = TrafficCount;
  return { outOfOrder: counts[outOfOrder], duplicated: counts[duplicated] };
}

describe('order', () => {
  it('finds nothing in a row without gaps, nor where frames are missing', () => {
    assert.deepEqual(seen([0, 1, 2, 3]), { outOfOrder: 0, duplicated: 0 });
    assert.deepEqual(seen([0, 1, 5, 6, 100]), { outOfOrder: 0, duplicated: 0 });
  });

  it('counts what comes after one sent later', () => {
    assert.deepEqual(seen([0, 2, 1, 3]), { outOfOrder: 1, duplicated: 0 });
    assert.deepEqual(seen([3, 2, 1, 0]), { outOfOrder: 3, duplicated: 0 });
  });

  it('counts what comes twice, at once or later, once more each time', () => {
    assert.deepEqual(seen([0, 1, 1, 2, 0, 0]), { outOfOrder: 0, duplicated: 3 });
  });

  it('goes round with the numbers', () => {
    const last = 2 ** 32 - 1;
    const all = Array.from({ length: 140_000 }, (_, i) => i * 30_678).filter((n) => n <= last);
    assert.deepEqual(seen([...all, last, 0, 1, last - 1, 2]), { outOfOrder: 1, duplicated: 0 });
  });
});
