import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Folder } from '../testing/capture-folder.js';
import { resultLike } from '../testing/l2fwd-result.js';
import { elements, parseXml } from '../testing/xml.js';
import { writeReport } from './report.js';

test('what was tried becomes a result file and the page of it', () => {
  const folder = new Folder();
  const [result, page] = ['start.json', 'report.html'].map((name) => join(folder.path, name));
  const tried = ['io', 'graph'].map((method, i) => ({
    replayed: resultLike({ method, verify: { checked: 3, wrong: 0 } }),
    pressed: resultLike({ method, mpps: 10 + i, listItems: 2, tx: { packets: 128, bytes: 8192 } }),
    frameBytes: 64,
  }));
  writeReport(tried, result, page);
  const { bench, command, rows } = JSON.parse(readFileSync(result, 'utf8'));
  assert.deepEqual([bench, command], ['start', 'npm start']);
  assert.deepEqual(
    rows.map(({ method, mpps, wrong, packetsPerItem }: Record<string, unknown>) => [
      ...[method, mpps, wrong, packetsPerItem],
    ]),
    [
      ['io', 10, 0, 64],
      ['graph', 11, 0, 64],
    ],
  );
  const [section] = elements(parseXml(readFileSync(page, 'utf8')), 'section');
  assert.equal(section.attributes.id, 'start');
  assert.match(section.text, /graph.*11 Mpps/s);
});
