import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { test } from 'node:test';
import { Folder } from '../testing/capture-folder.js';
import { findTestpmd } from './testpmd.js';

const folder = new Folder();

test('the testpmd given is taken; one that cannot be run is named in one line', () => {
  const there = folder.file('#!/bin/sh\nexit 1\n', 'testpmd');
  chmodSync(there, 0o755);
  assert.equal(findTestpmd(there), there);
  const missing = { code: 'TESTPMD_MISSING', message: /no-such-testpmd cannot be run/ };
  assert.throws(() => findTestpmd('/no-such-testpmd'), missing);
  const lacking = folder.file('#!/bin/sh\nexit 127\n', 'lacking');
  chmodSync(lacking, 0o755);
  assert.throws(() => findTestpmd(lacking), { code: 'TESTPMD_MISSING' });
});

test('WARPLINE_TESTPMD names it where nothing is given', (t) => {
  const before = process.env.WARPLINE_TESTPMD;
  t.after(() => {
    if (before === undefined) delete process.env.WARPLINE_TESTPMD;
    else process.env.WARPLINE_TESTPMD = before;
  });
  process.env.WARPLINE_TESTPMD = '/from-the-environment';
  assert.throws(() => findTestpmd(), /from-the-environment/);
});
