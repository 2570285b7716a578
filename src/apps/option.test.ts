import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  choice,
  commas,
  integer,
  judge,
  judgeText,
  type OptionDeclaration,
  seconds,
  text,
  texts,
} from './option.js';

const number: OptionDeclaration = { name: 'n', help: '', type: integer(2, 65_536) };
const time: OptionDeclaration = { name: 's', help: '', type: seconds() };
const word: OptionDeclaration = { name: 'w', help: '', type: text('a word') };
const words: OptionDeclaration = { name: 'ws', help: '', type: texts('words') };

test('every number in range, written out, is taken for itself', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 65_536 }), (n) => {
      assert.deepEqual(judgeText(number, String(n)), { value: n });
    }),
  );
});

test('a text is a number only if it is nothing but decimal digits', () => {
  fc.assert(
    fc.property(fc.string(), (typed) => {
      const verdict = judgeText(number, typed);
      const plain = /^\d+(\.0+)?$/.test(typed);
      if (!plain) assert.ok('reason' in verdict, typed);
    }),
  );
});

test('what JavaScript takes for a number, and people do not', () => {
  for (const typed of [
    '',
    ' 8',
    '8 ',
    '0x10',
    '0b11',
    '1e3',
    '1_000',
    '+8',
    '-8',
    '８',
    'Infinity',
  ]) {
    assert.deepEqual(judgeText(number, typed), {
      reason: 'it must be a whole number from 2 to 65536',
    });
  }
});

test('seconds may have a fraction, but not be none or forever', () => {
  assert.deepEqual(judgeText(time, '0.25'), { value: 0.25 });
  for (const typed of ['0', '0.0', '.5', '1.', '9'.repeat(400)]) {
    assert.ok('reason' in judgeText(time, typed), typed);
  }
});

test('digits are a text where a text is wanted', () => {
  assert.deepEqual(judgeText(word, '64'), { value: '64' });
  assert.deepEqual(judge(word, 64), { reason: 'it must be a word' });
});

test('one text or a list of them, but not an empty list', () => {
  assert.deepEqual(judge(words, 'a'), { value: 'a' });
  assert.deepEqual(judge(words, ['a', 'b']), { value: ['a', 'b'] });
  for (const wrong of [[], [''], ['a', 1], { a: 1 }, null]) {
    assert.deepEqual(judge(words, wrong), { reason: 'it must be words' });
  }
});

test('a list is values with commas between, each judged by itself and kept once', () => {
  const bursts = { type: commas(integer(1, 64)) };
  const kinds = { type: commas(choice(['host', 'gpu'])) };
  assert.deepEqual(judgeText(bursts, '16'), { value: [16] });
  assert.deepEqual(judgeText(bursts, '8,64,8'), { value: [8, 64] });
  assert.deepEqual(judgeText(kinds, 'gpu,host'), { value: ['gpu', 'host'] });
  const number = 'it must be a whole number from 1 to 64';
  for (const typed of ['', ',', '8,', '8,65', '0', '0x8', '8;16', '8.5'])
    assert.deepEqual(judgeText(bursts, typed), { reason: number }, typed);
  assert.deepEqual(judgeText(kinds, 'host,disk'), { reason: 'it must be one of host, gpu' });
});
