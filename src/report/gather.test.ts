import assert from 'node:assert/strict';
import { test } from 'node:test';
import { file } from '../testing/report-files.js';
import { gather } from './gather.js';
import { interpret } from './interpret.js';
import { hostsOf } from './places.js';
import type { Result } from './result-file.js';

const result = (name: string, content: object) =>
  interpret(name, Buffer.from(JSON.stringify(content))) as Result;

const row = (burst: number, mpps: number) => ({ method: 'graph', memory: 'gpu', burst, mpps });

test('of a point measured twice on one machine the newest row counts', () => {
  const older = { date: '2026-11-01T00:00:00.000Z' };
  const [group, ...others] = gather([
    result('old.json', file('figure14', [row(8, 1), row(16, 3)], older)),
    result('new.json', file('figure14', [row(8, 2)])),
  ]);
  assert.equal(others.length, 0);
  assert.deepEqual(
    group.rows.map(({ burst, mpps }) => [burst, mpps]),
    [
      [8, 2],
      [16, 3],
    ],
  );
  assert.equal(group.superseded, 1);
  assert.deepEqual(
    group.results.map(({ file }) => file),
    ['new.json', 'old.json'],
  );
});

test('one way and back, copied and lent, checked and not: points of their own', () => {
  const ways = [{}, { oneWay: true }, { zeroCopy: true }, { checked: 5, wrong: 0 }];
  const each = ways.map((way, i) =>
    result(`${i}.json`, file('back-to-back', [{ ...row(8, i), ...way }])),
  );
  const [{ rows, superseded }] = gather(each);
  assert.deepEqual([rows.length, superseded], [4, 0]);
});

test('machines stand apart, devices of one machine too, and benches in their order', () => {
  const on = (gpu: string) => ({ machine: { cpu: 'a', cores: 2, gpu } });
  const groups = gather([
    result('1.json', file('cpu', [row(1, 1)])),
    result('2.json', file('figure14', [row(8, 1)], on('H200'))),
    result('3.json', file('tea', [row(8, 1)])),
    result('4.json', file('figure14', [row(8, 2)], on('A100'))),
    result('5.json', file('figure14', [row(16, 2)], on('H200'))),
  ]);
  const found = groups.map(({ bench, machine, rows }) => [bench, machine.gpu, rows.length]);
  assert.deepEqual(found, [
    ['figure14', 'H200', 2],
    ['figure14', 'A100', 1],
    ['cpu', 'Synthetic GPU', 1],
    ['tea', 'Synthetic GPU', 1],
  ]);
  assert.deepEqual(hostsOf(groups.slice(0, 2).map(({ machine }) => machine)), [
    'H200 and A100, a, 2 cores',
  ]);
});

test('rows of one file are all kept, however alike', () => {
  const [{ rows, superseded }] = gather([result('1.json', file('cpu', [row(8, 1), row(8, 2)]))]);
  assert.deepEqual([rows.length, superseded], [2, 0]);
});
