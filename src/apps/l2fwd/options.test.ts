import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WarplineError } from '../../errors.js';
import { methods } from '../../methods/table.js';
import { judge } from '../option.js';
import { completeL2fwdOptions, L2FWD_DEFAULTS, l2fwdOptions, METHODS } from './options.js';

test('the methods the command line knows are those there are', () => {
  assert.deepEqual([...METHODS].toSorted(), Object.keys(methods).toSorted());
});

test('every default is a value its own option takes', () => {
  for (const [key, value] of Object.entries(L2FWD_DEFAULTS)) {
    const name = key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    const option = l2fwdOptions.find((known) => known.name === name);
    assert.ok(option, name);
    assert.deepEqual(judge(option, value), { value });
    if ('default' in option) assert.equal(option.default, value, name);
  }
});

test('one port may stand alone, without a list', () => {
  assert.deepEqual(completeL2fwdOptions({ port: 'net_null0' }).ports, ['net_null0']);
  assert.deepEqual(completeL2fwdOptions({ port: ['a', 'b'] }).ports, ['a', 'b']);
  assert.deepEqual(completeL2fwdOptions({ in: 'a.pcap' }).ports, []);
});

test('a port in every pipeline is fine, a capture is not', () => {
  assert.equal(completeL2fwdOptions({ port: 'a', pipelines: 4 }).pipelines, 4);
  assert.throws(
    () => completeL2fwdOptions({ in: 'a.pcap', pipelines: 2 }),
    (error) => error instanceof WarplineError && error.code === 'OPTION_CONFLICT',
  );
});
