import assert from 'node:assert/strict';
import { test } from 'node:test';
import { similar, suggestion } from './similar.js';

const names = ['burst', 'items', 'timeout-us', 'packets', 'packet-time-ns', 'in', 'out'];

for (const [typed, meant] of [
  ['brust', 'burst'],
  ['bursts', 'burst'],
  ['burst', 'burst'],
  ['item', 'items'],
  ['timeout_us', 'timeout-us'],
  ['packet', 'packets'],
  ['oout', 'out'],
  ['colour', undefined],
  ['x', undefined],
  ['', undefined],
]) {
  test(`"${typed}" is ${meant === undefined ? 'like none' : `taken for ${meant}`}`, () => {
    assert.equal(similar(typed as string, names), meant);
  });
}

test('a suggestion is a question, or nothing', () => {
  assert.equal(suggestion('brust', names), ' (did you mean burst?)');
  assert.equal(suggestion('colour', names), '');
});
