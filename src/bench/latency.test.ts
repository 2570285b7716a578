import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WarplineError } from '../errors.js';
import { type TrafficRun, trafficRun } from '../testing/traffic-run.js';
import { benchLatency, type LatencyBenchOptions, type LatencyBenchResult } from './latency.js';
import { completeLatencySweep, latencyPoints, peakPoints } from './latency-points.js';
import type { LatencyRow } from './latency-row.js';

const base: LatencyBenchOptions = {
  ...{ device: 'software', methods: ['persistent', 'io'], memory: ['host'], bursts: [16] },
  ...{ loads: [0.5, 1.5], frameBytes: 128, repeats: 2, seconds: 1 },
};

/** The bench over a stand-in that forwards 8 Mpps with `io`, else 4. */
async function bench(
  options: Partial<LatencyBenchOptions> = {},
  { run, asked }: TrafficRun = trafficRun(({ method }) => (method === 'io' ? 8 : 4)),
  stopAt = Number.POSITIVE_INFINITY,
) {
  const lines: string[] = [];
  const saved: LatencyBenchResult[] = [];
  const stop = new AbortController();
  const report = await benchLatency(
    { ...base, ...options },
    {
      stop: stop.signal,
      progress: (line) => lines.push(line),
      save: (now) => saved.push(structuredClone(now)),
      command: 'warpline bench latency',
    },
    {
      run: (given, hooks) => {
        if (asked.length + 1 === stopAt) stop.abort();
        return run(given, hooks);
      },
    },
  );
  return { report, asked, lines, saved };
}

const placeOf = ({ method, timeoutUs, load }: LatencyRow) => `${method} ${timeoutUs} ${load}`;

test('each method shows its peak, then gets shares of it, and a low rate at three timeouts', async () => {
  const { report, asked } = await bench();
  assert.deepEqual(
    report.peaks.map(({ method, mpps, repeats }) => [method, mpps, repeats]),
    [
      ['persistent', 4, 3],
      ['io', 8, 3],
    ],
  );
  const low = ['10 0.01', '50 0.01', '200 0.01', '50 0.5', '50 1.5'];
  const names = ['persistent', 'io'].flatMap((method) => low.map((point) => `${method} ${point}`));
  assert.deepEqual(report.rows.map(placeOf), names);
  // A warm-up and three runs of each peak; then each point twice, the second round backwards.
  const offered = asked.slice(8).map(({ mpps }) => mpps);
  assert.deepEqual(
    asked.slice(0, 8).map(({ mpps }) => mpps),
    Array(8).fill(0),
  );
  assert.deepEqual(offered.slice(0, 10), [0.04, 0.04, 0.04, 2, 6, 0.08, 0.08, 0.08, 4, 12]);
  assert.deepEqual(offered.slice(10), offered.slice(0, 10).toReversed());
  assert.deepEqual(
    asked.slice(8, 13).map(({ options }) => options.timeoutUs),
    [10, 50, 200, 50, 50],
  );
});

test('rows have medians and limits, the frames lost, and the distribution of all repeats', async () => {
  const slower = (mpps: number, runs: number) => (mpps === 2 ? (runs > 13 ? 40 : 20) : 10);
  const { report, saved } = await bench(
    {},
    trafficRun(() => 4, slower),
  );
  const row = report.rows[3];
  assert.deepEqual([row.load, row.peakMpps, row.offeredMpps, row.mpps], [0.5, 4, 2, 2]);
  assert.deepEqual([row.sent, row.lost], [6e6, 0]);
  assert.deepEqual([row.latencyP99Us, row.latencyP99UsMin, row.latencyP99UsMax], [30, 20, 40]);
  const { us, packets } = row.latency;
  assert.deepEqual(packets, [3e6, 3e6]);
  // The upper edge of 20 µs' step: less than 1 % above it.
  assert.ok(us[0] >= 20 && us[0] < 20.2 && us[1] === 40, `${us}`);
  const { lost, sent, mpps } = report.rows[4];
  assert.deepEqual([sent, lost, mpps], [18e6, 6e6, 4]);
  assert.deepEqual(
    saved.map(({ rows }) => rows[0].repeats),
    [1, 2],
  );
  assert.equal(report.command, 'warpline bench latency');
});

test('a rate in Mpps is offered as it is, and its share of the peak told', async () => {
  const { report } = await bench({ offer: [2, 6], methods: ['io'] });
  assert.deepEqual(
    report.rows.map(({ offeredMpps, load }) => [offeredMpps, load]),
    [
      [2, 0.25],
      [6, 0.75],
    ],
  );
});

test('timeouts that are given hold for every rate; a low rate that is given comes once', () => {
  const sweep = completeLatencySweep({ ...base, timeouts: [5, 500], loads: [0.01, 0.9] }, 'cuda');
  const [peak] = peakPoints(sweep);
  assert.deepEqual(
    latencyPoints(peak, sweep).map(({ load, timeoutUs }) => [load, timeoutUs]),
    [
      [0.01, 5],
      [0.01, 500],
      [0.9, 5],
      [0.9, 500],
    ],
  );
});

test('what the device does not have is left out, whose peak is asked for once', async () => {
  const { run, asked } = trafficRun(() => 4);
  const reason = { device: 'software', bytes: 1, reason: 'no' };
  const choosy: TrafficRun['run'] = (options, hooks) => {
    if (options.memory === 'gpu-mapped') throw new WarplineError('CPU_MAPPING', reason);
    return run(options, hooks);
  };
  const options = { memory: ['host', 'gpu-mapped'] as const };
  const { report } = await bench({ memory: [...options.memory] }, { run: choosy, asked });
  assert.deepEqual(
    report.skipped.map(({ memory }) => memory),
    ['gpu-mapped'],
  );
  assert.equal(report.rows.length, 10);
  assert.ok(report.rows.every(({ memory }) => memory === 'host'));
});

test('Ctrl-C among the peaks leaves those that were over; later it leaves rows', async () => {
  const early = await bench({}, undefined, 7);
  assert.equal(early.report.interrupted, true);
  assert.deepEqual(early.report.rows, []);
  assert.equal(early.asked.length, 7);
  const late = await bench({}, undefined, 8 + 3);
  assert.equal(late.report.interrupted, true);
  assert.equal(late.report.rows.length, 2);
});

test('a run that fails ends the bench, named', async () => {
  const { run, asked } = trafficRun(() => 4);
  const error = { code: 'GPU_ILLEGAL_ADDRESS', message: 'lost.' };
  const failing: TrafficRun['run'] = async (options, hooks) => {
    const result = await run(options, hooks);
    return asked.length === 10 ? { ...result, error } : result;
  };
  const { report } = await bench({}, { run: failing, asked });
  const point = 'persistent host burst 16 timeoutUs 50 load 0.01';
  assert.deepEqual(report.error, { ...error, point });
  assert.equal(report.rows.length, 1);
});
