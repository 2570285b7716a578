import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { spread } from './spread.js';

test('the median of an odd number of values is the middle one, of an even number the mean', () => {
  assert.deepEqual(spread([3, 1, 2]), { median: 2, min: 1, max: 3 });
  assert.deepEqual(spread([4, 1, 3, 2]), { median: 2.5, min: 1, max: 4 });
  assert.deepEqual(spread([10, 9]), { median: 9.5, min: 9, max: 10 });
});

test('as many values lie below the median as above it, and none outside its limits', () => {
  const some = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1 });
  fc.assert(
    fc.property(some, (values) => {
      const before = [...values];
      const { median, min, max } = spread(values);
      assert.deepEqual(values, before);
      assert.ok(values.every((value) => min <= value && value <= max));
      assert.ok(values.filter((value) => value < median).length <= values.length / 2);
      assert.ok(values.filter((value) => value > median).length <= values.length / 2);
    }),
  );
});
