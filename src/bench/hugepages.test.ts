import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Folder } from '../testing/capture-folder.js';
import { wantHugepages } from './hugepages.js';

const folder = new Folder();

test('too few huge pages are named, and how to get them', () => {
  // 16 Ki mbufs of 2176 + 192 bytes are 18.5 pages, beside 64 for the rest of DPDK.
  const enough = folder.file('83\n', 'enough');
  wantHugepages('--zero-copy', 16_384, 2176, enough);
  const message =
    /--zero-copy wants 83 free huge pages of 2 MiB, and there are 82\. As root: echo 83 >/;
  const few = folder.file('82\n', 'few');
  assert.throws(() => wantHugepages('--zero-copy', 16_384, 2176, few), {
    code: 'HUGEPAGES',
    message,
  });
  const missing = { code: 'HUGEPAGES', message: /there are 0/ };
  assert.throws(() => wantHugepages('--zero-copy', 1, 1, '/no-such-file'), missing);
});
