import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { coded } from '../../../testing/test-gpu.js';
import { Board, CLOSED } from './board.js';
import { faultOf, hex, IllegalAddress, keepFault, mustLive, readFault } from './fault.js';

test('the first fault stays', () => {
  const board = Board.create();
  assert.equal(readFault(board), undefined);
  mustLive(board, 'launch');
  keepFault(board, { kind: 'illegal-address', message: 'first', kernel: 'a' });
  keepFault(board, { kind: 'launch-failure', message: 'second' });
  assert.deepEqual(readFault(board), { kind: 'illegal-address', message: 'first', kernel: 'a' });
  const says = /kernel a met an illegal address: first/;
  assert.throws(() => mustLive(board, 'launch'), coded('GPU_ILLEGAL_ADDRESS', says));
});

test('a closed device says so, also when it was lost before', () => {
  const board = Board.create();
  keepFault(board, { kind: 'launch-failure', message: 'first' });
  board.words[CLOSED] = 1;
  assert.throws(() => mustLive(board, 'copy'), coded('GPU_CLOSED', /copy was called/));
});

test('what is thrown becomes a fault', () => {
  assert.deepEqual(faultOf(new IllegalAddress('0x10'), 'k'), {
    kind: 'illegal-address',
    message: '0x10',
    kernel: 'k',
  });
  const failure = (message: string) => ({ kind: 'launch-failure', message });
  assert.deepEqual(faultOf(new Error('no')), failure('no'));
  assert.deepEqual(faultOf(new RangeError('no')), failure('RangeError: no'));
  assert.deepEqual(faultOf('a string'), failure('a string'));
  assert.deepEqual(faultOf(undefined), failure('undefined'));
  assert.equal(hex(255), '0xff');
  assert.equal(hex(Number.NaN), 'NaN');
});

test('property: any text fits, its beginning whole and in one line', () => {
  const text = fc.string({ unit: 'binary', maxLength: 2000 });
  fc.assert(
    fc.property(text, text, (message, kernel) => {
      const board = Board.create();
      keepFault(board, { kind: 'launch-failure', message, kernel });
      const kept = readFault(board);
      assert.ok(kept);
      assert.ok(!/[\r\n]/.test(kept.message));
      const plain = message.replace(/\s*[\r\n]+\s*/g, ' ');
      assert.equal(kept.message.slice(0, 400), plain.slice(0, 400));
    }),
    { numRuns: 50 },
  );
});
