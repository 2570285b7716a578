import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Compare } from '../../driver.js';
import { satisfies } from './operation.js';

const word = fc.integer({ min: -(2 ** 31), max: 2 ** 32 - 1 });

test('property: waits compare as cuStreamWaitValue32 does, in 32 bits', () => {
  fc.assert(
    fc.property(word, word, (value, awaited) => {
      const v = BigInt.asUintN(32, BigInt(value));
      const a = BigInt.asUintN(32, BigInt(awaited));
      assert.equal(satisfies(value | 0, awaited, Compare.GEQ), BigInt.asIntN(32, v - a) >= 0n);
      assert.equal(satisfies(value | 0, awaited, Compare.EQ), v === a);
      assert.equal(satisfies(value | 0, awaited, Compare.AND), (v & a) !== 0n);
      assert.equal(satisfies(value | 0, awaited, Compare.NOR), BigInt.asUintN(32, ~(v | a)) !== 0n);
    }),
  );
});

test('a counter may wrap under GEQ', () => {
  assert.ok(satisfies(-(2 ** 31), 2 ** 31 - 1, Compare.GEQ));
  assert.ok(!satisfies(2 ** 31 - 1, -(2 ** 31), Compare.GEQ));
});
