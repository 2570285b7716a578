import assert from 'node:assert/strict';
import { test } from 'node:test';
import { elements, parseXml } from '../testing/xml.js';
import { el } from './markup.js';
import { rowsTable } from './rows-table.js';

function table(rows: object[]) {
  const root = parseXml(el('div', {}, rowsTable(rows, 'Rows')).text);
  const of = (name: string) => elements(root, name).map(({ text }) => text);
  return { head: of('th'), cells: of('td'), notes: of('p'), rows: elements(root, 'tr') };
}

test('a column for each field with its unit, limits beside what they belong to', () => {
  const { head, cells } = table([
    { method: 'io', mpps: 1.234, mppsMin: 1, mppsMax: 1.5, latencyP99Us: 3 },
    { method: 'cpu', mpps: 12_345.6, mppsMin: 12_345.6, mppsMax: 12_345.6, load: 0.5 },
  ]);
  assert.deepEqual(head, ['method', 'Mpps', 'p99\u00a0µs', 'load']);
  assert.deepEqual(cells.slice(0, 4), ['io', '1.23 1–1.50', '3', '']);
  assert.deepEqual(cells.slice(4), ['cpu', '12,346', '', '50\u00a0%']);
});

test('what is the same in all rows is said once, unless there is but one', () => {
  const rows = [8, 16].map((burst) => ({ method: 'io', burst, frameBytes: 1024, crowded: true }));
  const { head, notes } = table(rows);
  assert.deepEqual(head, ['burst']);
  const [same, doubts] = notes;
  assert.equal(same, 'The same in all rows: method io, frame bytes 1,024, crowded yes.');
  assert.match(doubts, /^Slanted: /);
  const alike = [rows[0], rows[0]];
  assert.deepEqual([table(alike).cells.length, table(alike).notes.length], [8, 1]);
  assert.deepEqual(table(rows.slice(1)).head, ['method', 'burst', 'frame bytes', 'crowded']);
});

test('what has no room in a cell is left out, but for the sum of drops', () => {
  const dropped = { tx_full: 2, aborted: 1 };
  const { head, cells } = table([{ trials: [{ lost: 1 }], latency: { us: [1] }, dropped }]);
  assert.deepEqual([head, cells], [['dropped'], ['3']]);
});

test('rows in doubt are slanted, and only where there are any it is said', () => {
  const { rows, notes } = table([{ mpps: 1, spread: 0.2 }, { mpps: 2 }]);
  assert.deepEqual(
    rows.map(({ attributes }) => attributes.class),
    [undefined, 'unsure', undefined],
  );
  assert.equal(notes.length, 1);
  assert.deepEqual(table([{ mpps: 1 }]).notes, []);
});
