import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MemoryKind, MethodName } from '../apps/l2fwd/options.js';
import { crossoversOf } from './crossovers.js';
import type { PeakRow } from './peak-bench.js';

const WORK = [0, 10, 100, 1000];

/** A method's rows by its rates at each amount of work, each run within `noise` of it. */
function line(
  method: MethodName,
  rates: number[],
  { memory = 'gpu' as MemoryKind, burst = 64, noise = 0, work = WORK } = {},
): PeakRow[] {
  return rates.map((mpps, i) => ({
    method,
    memory: method === 'cpu' ? 'host' : memory,
    frameBytes: 1024,
    burst,
    pipelines: 1,
    packetTimeNs: work[i],
    items: 256,
    repeats: 5,
    lcores: 2,
    mpps,
    mppsMin: mpps * (1 - noise),
    mppsMax: mpps * (1 + noise),
    gbps: mpps,
    gbpsMin: mpps,
    gbpsMax: mpps,
    stages: [],
  }));
}

/** `cpu < launch @ 31.6`, a crossover a line. */
function told(rows: PeakRow[]): string[] {
  return crossoversOf(rows).map(
    ({ of, by, packetTimeNs }) => `${of} < ${by} @ ${packetTimeNs.toFixed(1)}`,
  );
}

test('lines cross where their medians meet, on a logarithmic axis', () => {
  // Twice as fast at 10 ns, half as fast at 100 ns: they meet in the middle, at the root of 1000.
  const rows = [...line('cpu', [40, 40, 10, 1]), ...line('launch', [20, 20, 20, 20])];
  assert.deepEqual(told(rows), ['cpu < launch @ 31.6']);
  const [{ memory, burst, pipelines }] = crossoversOf(rows);
  assert.deepEqual([memory, burst, pipelines], ['gpu', 64, 1]);
  assert.deepEqual(told(rows.toReversed()), ['cpu < launch @ 31.6']);
});

test('the steeper the lead is lost, the earlier', () => {
  const rows = [...line('cpu', [40, 40, 20 / 2 ** 3, 1]), ...line('launch', [20, 20, 20, 20])];
  assert.deepEqual(told(rows), [`cpu < launch @ ${(10 ** 1.25).toFixed(1)}`]);
});

test('from no work at all to the first step the axis is linear', () => {
  const rows = [...line('cpu', [40, 10, 1, 1]), ...line('graph', [20, 20, 20, 20])];
  assert.deepEqual(told(rows), ['cpu < graph @ 5.0']);
});

test('lines that do not cross have no crossover', () => {
  assert.deepEqual(told([...line('cpu', [5, 4, 3, 2]), ...line('serial', [4, 3, 2, 1])]), []);
  assert.deepEqual(told([...line('cpu', [1, 1, 1, 1]), ...line('serial', [4, 3, 2, 1])]), []);
  assert.deepEqual(told(line('cpu', [5, 4, 3, 2])), []);
  assert.deepEqual(told([]), []);
});

test('lines that meet and part again on the same side do not cross', () => {
  assert.deepEqual(told([...line('cpu', [5, 4, 4, 2]), ...line('serial', [4, 4, 3, 1])]), []);
});

test('lines that meet at a measured point cross there', () => {
  const rows = [...line('serial', [5, 5, 3, 2]), ...line('launch', [4, 4, 3, 3])];
  assert.deepEqual(told(rows), ['serial < launch @ 100.0']);
});

test('the lead can change more than once', () => {
  const rows = [...line('stream', [2, 2, 1, 2]), ...line('graph', [1, 1, 2, 1])];
  assert.deepEqual(told(rows), ['stream < graph @ 31.6', 'graph < stream @ 316.2']);
});

test('a lead within the spread of the runs is none', () => {
  const rates = [
    [100, 99, 101, 50],
    [99, 100, 100, 100],
  ];
  const noisy = rates.flatMap((one, i) => line(i ? 'graph' : 'stream', one, { noise: 0.05 }));
  assert.deepEqual(told(noisy), []);
  const exact = rates.flatMap((one, i) => line(i ? 'graph' : 'stream', one));
  assert.equal(told(exact).length, 3);
  // A clear lead on either side, and ties between: it is where the medians meet among them.
  const clear = [
    ...line('stream', [9, 101, 100, 50], { noise: 0.05 }),
    ...line('graph', [5, 100, 101, 99], { noise: 0.05 }),
  ];
  assert.deepEqual(told(clear), ['stream < graph @ 31.6']);
});

test('the CPU, level with another until that leads, is overtaken there or before', () => {
  const cpu = line('cpu', [30, 20, 7, 1], { noise: 0.2 });
  const persistent = line('persistent', [28, 27, 26, 25], { noise: 0.2 });
  const [found, ...others] = crossoversOf([...cpu, ...persistent]);
  assert.deepEqual(others, []);
  assert.deepEqual([found.of, found.by], ['cpu', 'persistent']);
  assert.deepEqual([found.packetTimeNs, found.orBefore], [100, true]);
  // Ahead from the beginning it overtakes nobody, and nor does the CPU.
  assert.deepEqual(told([...line('cpu', [10, 7, 2, 1]), ...persistent]), []);
  assert.deepEqual(told([...line('cpu', [30, 60, 60, 60]), ...persistent]), []);
});

test('only what has the same burst and memory is compared, but everything with cpu', () => {
  const fast = [9, 9, 9, 9];
  const slow = [20, 20, 2, 2];
  assert.deepEqual(told([...line('stream', slow), ...line('graph', fast, { burst: 32 })]), []);
  const memories = [
    ...line('cpu', slow),
    ...line('graph', fast, { memory: 'host' }),
    ...line('graph', [8, 8, 8, 8], { memory: 'gpu' }),
  ];
  assert.deepEqual(
    crossoversOf(memories).map(({ of, by, memory }) => [of, by, memory]),
    [
      ['cpu', 'graph', 'host'],
      ['cpu', 'graph', 'gpu'],
    ],
  );
});

test('the CPU is overtaken first; points one of the two lacks are passed over', () => {
  const rows = [
    ...line('stream', [9, 9, 5, 5]),
    ...line('graph', [8, 8, 8, 8]),
    ...line('cpu', [20, 20, 2], { work: [0, 10, 1000] }),
  ];
  assert.deepEqual(
    told(rows).map((text) => text.split(' @')[0]),
    ['cpu < graph', 'cpu < stream', 'stream < graph'],
  );
});
