import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WarplineError } from '../errors.js';
import { file, fullSet } from '../testing/report-files.js';
import { sampleTrace } from '../testing/report-trace.js';
import { chromeTrace } from '../trace/chrome.js';
import { encodeTrace } from '../trace/perfetto.js';
import { interpret } from './interpret.js';
import type { Result } from './result-file.js';
import type { Trace } from './trace-file.js';

const read = (content: unknown) => interpret('a.json', Buffer.from(JSON.stringify(content)));

function refused(text: string, reason: RegExp): void {
  assert.throws(
    () => interpret('a.json', Buffer.from(text)),
    (error: unknown) => {
      assert.ok(error instanceof WarplineError);
      assert.deepEqual([error.code, error.exit], ['REPORT_NOT_RESULT', 2]);
      assert.match(error.line, reason);
      assert.doesNotMatch(error.line, /\n/);
      return true;
    },
  );
}

test('every bench’s file is read with its rows as they are', () => {
  for (const [bench, content] of Object.entries(fullSet())) {
    const result = read(content) as Result;
    assert.equal(result.bench, bench);
    assert.deepEqual(result.rows, JSON.parse(JSON.stringify(content.rows)));
    assert.equal(result.machine.gpu, 'Synthetic GPU');
    assert.equal(result.machine.cores, '16');
  }
});

test('what a file does not say is absent', () => {
  const result = read({ bench: 'cpu', rows: [{ mpps: 1 }] }) as Result;
  const { version, commit, date, command, error } = result;
  assert.deepEqual([version, commit, date, command, error], Array(5).fill(undefined));
  assert.deepEqual([result.machine, result.interrupted], [{}, false]);
});

test('a bench that is not known may have any rows', () => {
  assert.equal((read({ bench: 'tea', rows: [{ cups: 3, sort: 'green' }] }) as Result).bench, 'tea');
});

test('runs of l2fwd become a row a point, medians with their limits', () => {
  const latencyUs = { p50: 1, p90: 2, p99: 3, p999: 4, max: 5 };
  const run = (burst: number, mpps: number) => ({
    ...{ app: 'l2fwd', method: 'graph', memory: 'gpu', burst, pipelines: 1 },
    ...{ mpps, gbps: mpps * 8, latencyUs, tx: { packets: mpps, bytes: mpps * 64 } },
  });
  const runs = [run(8, 3), run(16, 9), run(8, 1), run(8, 2)];
  const { bench, rows } = read({ commit: 'c', runs }) as Result;
  assert.equal(bench, 'l2fwd');
  assert.deepEqual(
    rows.map(({ burst, mpps, mppsMin, mppsMax, runs }) => [burst, mpps, mppsMin, mppsMax, runs]),
    [
      [8, 2, 1, 3, 3],
      [16, 9, 9, 9, 1],
    ],
  );
  assert.deepEqual([rows[0].frameBytes, rows[0].spread], [64, 1]);
  assert.equal(rows[1].spread, undefined);
  assert.equal((read(run(8, 1)) as Result).rows.length, 1);
});

test('a trace is read by tracks: threads by their order, what is asynchronous by its category', () => {
  const { tracks } = read(sampleTrace()) as Trace;
  const names = tracks.map(({ name }) => name);
  assert.deepEqual(names, ['RX lcore', 'GPU: persistent', 'TX lcore', 'list items']);
  assert.deepEqual(tracks[0].slices[0], { name: 'receive', from: 10, to: 14 });
  assert.equal(tracks[3].slices.length, 300);
  assert.deepEqual(read(sampleTrace().traceEvents), { file: 'a.json', tracks, about: {} });
});

test('what l2fwd --trace writes is read, its groups before the names of their tracks', () => {
  const slice = { name: 'READY 7', from: 1000, to: 3500, args: { item: 7 } };
  const tracks = [{ name: 'item 7', group: 'comm list', slices: [slice] }];
  const about = { method: 'graph', burst: 16 };
  const bytes = encodeTrace({ name: 'warpline l2fwd graph', about, tracks }, 1);
  const slices = [{ name: 'READY 7', from: 1, to: 3.5 }];
  assert.deepEqual(interpret('a.pftrace', bytes), {
    file: 'a.pftrace',
    about,
    tracks: [{ name: 'comm list item 7', slices }],
  });
  const cut = bytes.subarray(0, bytes.length - 3);
  assert.throws(() => interpret('a.pftrace', cut), /a\.pftrace .*no trace that l2fwd wrote/);
  // An empty line before a JSON object begins with the same byte.
  const text = Buffer.from(`\n${JSON.stringify(file('cpu', []))}`);
  assert.equal((interpret('a.json', text) as Result).bench, 'cpu');
});

test('what l2fwd --trace FILE.json notes of its run is read as well; of another program it may be anything', () => {
  const about = { method: 'graph', burst: 16 };
  const tracks = [{ name: 'lcore 0', slices: [{ name: 'receive 0', from: 0, to: 9 }] }];
  const written = JSON.parse(chromeTrace({ name: 'warpline l2fwd graph', about, tracks }, 1));
  assert.deepEqual((read(written) as Trace).about, about);
  const odd = { ph: 'i', name: 'about', ts: 0, args: { deep: { er: 1 }, burst: 8 } };
  assert.deepEqual((read({ traceEvents: [odd] }) as Trace).about, { burst: 8 });
});

test('B and E of a thread nest', () => {
  const at = (ph: string, name: string, ts: number) => ({ ph, name, ts, pid: 1, tid: 1 });
  const events = [at('B', 'outer', 0), at('B', 'inner', 2), at('E', '', 3), at('E', '', 9)];
  const [{ slices }] = (read({ traceEvents: events }) as Trace).tracks;
  assert.deepEqual(slices, [
    { name: 'inner', from: 2, to: 3 },
    { name: 'outer', from: 0, to: 9 },
  ]);
});

test('what is no result is refused in one line that says where it is wrong', () => {
  refused('{"bench": ', /it is not JSON/);
  refused('null', /neither "bench" nor "runs" nor "traceEvents"/);
  refused('{"rows": []}', /neither/);
  refused('{"bench": "cpu"}', /a\.json .*rows: /);
  refused(JSON.stringify(file('cpu', [{ mpps: 1 }, { mpps: '2' }])), /rows\[1\]\.mpps: .*number/);
  refused(JSON.stringify(file('latency', [{ latency: { us: [1], packets: [] } }])), /equally many/);
  refused(
    JSON.stringify(file('latency', [{ latency: { us: [2, 1], packets: [1, 1] } }])),
    /us does not rise/,
  );
  refused('{"traceEvents": [{"ts": 1}]}', /traceEvents\[0\]\.ph/);
  refused('{"runs": []}', /runs: /);
});
