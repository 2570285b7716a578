import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { L2fwdOptions } from '../apps/l2fwd/options.js';
import type { L2fwdResult } from '../apps/l2fwd/result.js';
import { WarplineError } from '../errors.js';
import { resultLike } from '../testing/l2fwd-result.js';
import { benchMethods, type MethodsBenchOptions, type MethodsBenchResult } from './methods.js';

const base: MethodsBenchOptions = {
  device: 'software',
  methods: ['persistent', 'launch'],
  memory: ['host'],
  bursts: [16, 64],
  pipelines: [1],
  repeats: 2,
  seconds: 0.4,
  frameBytes: 128,
  verify: false,
};
const names = ['persistent 16', 'persistent 64', 'launch 16', 'launch 64'];

type Answer = (options: Partial<L2fwdOptions>, runs: number) => Partial<L2fwdResult>;

/** The bench over a stand-in for runL2fwd that answers at once. */
async function bench(answer: Answer, options: Partial<MethodsBenchOptions> = {}) {
  const asked: Partial<L2fwdOptions>[] = [];
  const lines: string[] = [];
  const saved: MethodsBenchResult[] = [];
  const stop = new AbortController();
  const report = await benchMethods(
    { ...base, ...options },
    {
      stop: stop.signal,
      progress: (line) => lines.push(line),
      save: (now) => saved.push(structuredClone(now)),
    },
    {
      run: async (given) => {
        asked.push(given);
        const said = answer(given, asked.length);
        if (said.warmup?.packets === -1) stop.abort();
        return { ...resultLike(), ...said };
      },
      floor: async () => [{ measure: 'a launch', packets: 0, blocks: 1 }],
    },
  );
  const order = asked.map(({ method, burst }) => `${method} ${burst}`);
  return { report, asked, order, lines, saved };
}

test('each round runs every point once, alternating its order, after one that warms up', async () => {
  const { asked, order } = await bench(() => ({ mpps: 10 }));
  assert.deepEqual(order, [...names, ...names.toReversed(), ...names]);
  const [first, , , , measured] = asked;
  assert.deepEqual(first.ports, ['net_null0,size=128']);
  assert.equal(first.warmup, 0);
  // 10 Mpps: 0.3 s of them come before counting.
  assert.equal(measured.duration, 0.7);
  assert.equal(measured.warmup, 3_000_000);
});

test('rows have medians and limits of the measured runs, and a wide spread is noted', async () => {
  const rates = [99, 99, 99, 99, 10, 20, 30, 40, 44, 30.3, 20.2, 10.1];
  const { report, saved } = await bench((_, run) => ({ mpps: rates[run - 1], items: 256 }));
  const [wide, close] = [report.rows[0], report.rows[1]];
  const { method, memory, burst, pipelines, frameBytes, items, repeats } = wide;
  assert.deepEqual(
    [method, memory, burst, pipelines, frameBytes, items, repeats],
    ['persistent', 'host', 16, 1, 128, 256, 2],
  );
  assert.deepEqual([wide.mpps, wide.mppsMin, wide.mppsMax], [42, 40, 44]);
  assert.equal(close.mppsMin, 30);
  assert.equal(close.spread, undefined);
  assert.deepEqual(report.floor, [{ measure: 'a launch', packets: 0, blocks: 1 }]);
  assert.deepEqual(
    saved.map(({ rows }) => rows[0].repeats),
    [1, 2],
  );
  const third = await bench((_, run) => ({ mpps: run > 8 ? 10 : 12 }));
  assert.ok(Math.abs((third.report.rows[0].spread ?? 0) - 2 / 11) < 1e-12);
});

test('memory that the device does not have is asked for once, and named', async () => {
  const missing = { device: 'cuda:0', bytes: 4096, reason: 'no' };
  const { report, order } = await bench(
    ({ memory }) => {
      if (memory === 'gpu-mapped') throw new WarplineError('CPU_MAPPING', missing);
      return { mpps: 1 };
    },
    { memory: ['host', 'gpu-mapped'] },
  );
  assert.equal(order.length, 3 * names.length + 1);
  assert.equal(report.rows.length, names.length);
  assert.equal(report.error, undefined);
  assert.deepEqual(report.skipped.length, 1);
  assert.equal(report.skipped[0].memory, 'gpu-mapped');
  assert.match(
    report.skipped[0].reason,
    /gives no 4096 bytes of its memory that the CPU could write: no/,
  );
});

test('a point too large for the device is left out alone', async () => {
  const full = { bytes: 1, free: 0, total: 1 };
  const { report } = await bench(({ method, burst }) => {
    if (method === 'launch' && burst === 64) throw new WarplineError('GPU_OUT_OF_MEMORY', full);
    return { mpps: 1 };
  });
  assert.equal(report.rows.length, names.length - 1);
  const [{ method, burst }] = report.skipped;
  assert.deepEqual([method, burst], ['launch', 64]);
});

test('a run that fails ends the bench, which reports what is done', async () => {
  const error = { code: 'GPU_ILLEGAL_ADDRESS', message: 'lost.' };
  const { report, order } = await bench((_, run) => (run === 10 ? { error } : { mpps: 1 }));
  assert.equal(order.length, 10);
  assert.deepEqual(report.error, { ...error, point: 'persistent host burst 64 pipelines 1' });
  assert.deepEqual(
    report.rows.map(({ repeats }) => repeats),
    [2, 1, 1, 1],
  );
});

test('Ctrl-C ends it; the run under way does not count', async () => {
  const cut = { packets: -1 };
  const { report, order } = await bench((_, run) =>
    run === 6 ? { mpps: 77, warmup: cut } : { mpps: 1 },
  );
  assert.equal(order.length, 6);
  assert.equal(report.interrupted, true);
  assert.deepEqual(
    report.rows.map(({ method, burst, mpps }) => [method, burst, mpps]),
    [['launch', 64, 1]],
  );
});

test('what was verified is summed up, and lack of CPUs is said', async () => {
  const { report } = await bench(
    () => ({ mpps: 1, verify: { checked: 100, wrong: 3 }, crowded: true }),
    { verify: true },
  );
  const { checked, wrong, crowded } = report.rows[0];
  assert.deepEqual([checked, wrong, crowded], [200, 6, true]);
});

test('a run that ended within its warm-up is no figure', async () => {
  const { report, lines } = await bench((_, run) => ({ mpps: run === 12 ? 0 : 5 }));
  assert.equal(report.rows[3].repeats, 1);
  assert.equal(report.rows[3].mppsMin, 5);
  assert.ok(lines.some((line) => line.includes('nothing counted')));
});

test('an unknown device is refused before anything runs', async () => {
  await assert.rejects(
    bench(() => ({}), { device: 'software:7' }),
    { code: 'DEVICE_UNKNOWN' },
  );
});
