import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { spreadOut, textWidth, wrapped } from './labels.js';

test('labels with room stand where they want to', () => {
  assert.deepEqual(spreadOut([10, 90, 50], 14, 0, 100), [10, 90, 50]);
});

test('labels that touch are moved apart around their middle', () => {
  assert.deepEqual(spreadOut([50, 50], 14, 0, 100), [43, 57]);
  assert.deepEqual(spreadOut([0, 0], 14, 0, 100), [0, 14]);
});

test('labels never overlap, keep their order, and stay inside', () => {
  const places = fc.array(fc.double({ min: 0, max: 300, noNaN: true }), {
    minLength: 1,
    maxLength: 20,
  });
  fc.assert(
    fc.property(places, (wanted) => {
      const placed = spreadOut(wanted, 14, 0, 300);
      assert.equal(placed.length, wanted.length);
      const step = Math.min(14, 300 / Math.max(1, wanted.length - 1));
      const order = wanted.map((_, i) => i).sort((a, b) => wanted[a] - wanted[b]);
      for (const [k, i] of order.entries()) {
        assert.ok(placed[i] >= -1e-6 && placed[i] <= 300 + 1e-6);
        if (k > 0) assert.ok(placed[i] - placed[order[k - 1]] >= step - 1e-6);
      }
    }),
  );
});

test('wide letters take more room', () => {
  assert.ok(textWidth('mmm') > 1.4 * textWidth('nnn'));
  assert.ok(textWidth('GPU') > textWidth('gpu'));
  assert.equal(textWidth('nn', 24), 2 * textWidth('nn', 12));
});

test('text is broken between words, no line longer than it may be', () => {
  const text = 'frames come from a port that makes them out of nothing';
  const lines = wrapped(text, 120);
  assert.ok(lines.length > 1 && lines.every((line) => textWidth(line) <= 120));
  assert.equal(lines.join(' '), text);
});
