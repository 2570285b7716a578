import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FreeList } from './free-list.js';

test('takes the first place that fits and joins what is given back', () => {
  const list = new FreeList(100);
  assert.equal(list.take(10, 1), 0);
  assert.equal(list.take(10, 16), 16);
  assert.equal(list.take(6, 2), 10);
  assert.equal(list.available, 74);
  assert.equal(list.give(10), 6);
  assert.equal(list.give(10), undefined, 'given back twice');
  assert.equal(list.give(3), undefined, 'never taken');
  assert.equal(list.give(0), 10);
  assert.equal(list.give(16), 10);
  assert.equal(list.take(100, 64), 0, 'all of it is one piece again');
  assert.equal(list.take(1, 1), undefined);
});

test('property: pieces are aligned, inside, apart, and nothing gets lost', () => {
  const size = 256;
  const step = fc.record({
    length: fc.integer({ min: 1, max: 60 }),
    align: fc.constantFrom(1, 2, 4, 16, 64),
    give: fc.option(fc.nat(20), { freq: 2, nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const list = new FreeList(size);
      const owner = new Array<number>(size).fill(-1);
      const taken: number[] = [];
      steps.forEach(({ length, align, give }, i) => {
        if (give !== undefined) {
          if (taken.length === 0) return;
          const [start] = taken.splice(give % taken.length, 1);
          const id = owner[start];
          assert.equal(list.give(start), owner.filter((o) => o === id).length);
          for (let u = 0; u < size; u++) if (owner[u] === id) owner[u] = -1;
        } else {
          const start = list.take(length, align);
          const fits = (at: number) =>
            at + length <= size && owner.slice(at, at + length).every((o) => o === -1);
          const places = [...owner.keys()].filter((at) => at % align === 0 && fits(at));
          assert.equal(start, places[0]);
          if (start === undefined) return;
          owner.fill(i, start, start + length);
          taken.push(start);
        }
        assert.equal(list.available, owner.filter((o) => o === -1).length);
      });
    }),
  );
});
