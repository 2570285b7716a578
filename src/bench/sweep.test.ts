import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { L2fwdOptions } from '../apps/l2fwd/options.js';
import { WarplineError } from '../errors.js';
import { resultLike } from '../testing/l2fwd-result.js';
import { nullPort } from './peak.js';
import type { Place } from './points.js';
import { runSweep, type Series } from './sweep.js';
import { newReport, type SweepReport } from './sweep-report.js';

interface LoadPoint extends Place {
  load: number;
}

interface LoadRow extends LoadPoint {
  runs: number;
  offered: number[];
}

const target = { device: 'software', gpu: 'a stand-in', driver: 'software' };

/**
 * A bench with a measure of its own: the round that warms up finds a peak with one run, the others
 * offer a share of it in two.
 */
async function bench(run: (options: Partial<L2fwdOptions>, runs: number) => number | Error) {
  const asked: Partial<L2fwdOptions>[] = [];
  const lines: string[] = [];
  const saved: number[] = [];
  const stop = new AbortController();
  const peaks = new Map<LoadPoint, number>();
  const sweep = { loads: [0.5, 1], repeats: 2, seconds: 3 };
  const report: SweepReport<LoadPoint, LoadRow> & { best?: number } = newReport(
    'loads',
    target,
    sweep,
    'warpline bench loads',
  );
  const series: Series<LoadPoint, LoadRow, number[]> = {
    report,
    points: sweep.loads.map((load) => ({ method: 'io', memory: 'host', load })),
    lasts: (_, round) => (round === 0 ? 1 : 2 * sweep.seconds),
    async measure(point, turn) {
      if (turn.round === 0) {
        peaks.set(point, (await turn.run({ method: 'io' })).mpps);
        return undefined;
      }
      const mpps = point.load * (peaks.get(point) ?? 0);
      const offer = { ports: [`traffic0,mpps=${mpps}`], duration: turn.seconds / 2 };
      return [(await turn.run(offer)).mpps, (await turn.run(offer)).mpps];
    },
    tell: (found) => `${found.join(' and ')} Mpps`,
    row: (point, found) => ({ ...point, runs: found.length, offered: found.flat() }),
    conclude() {
      report.best = Math.max(...report.rows.flatMap(({ offered }) => offered));
    },
  };
  await runSweep(
    series,
    { stop: stop.signal, progress: (line) => lines.push(line), save: () => saved.push(1) },
    {
      run: async (options) => {
        asked.push(options);
        const mpps = run(options, asked.length);
        if (mpps instanceof Error) throw mpps;
        if (mpps < 0) stop.abort();
        const failed = mpps === 666 && { error: { code: 'GPU_LAUNCH_FAILED', message: 'lost.' } };
        return { ...resultLike({ mpps }), ...failed };
      },
    },
  );
  return { report, asked, lines, saved };
}

test('a bench measures its own way; what its first round found serves the others', async () => {
  const { report, asked, lines, saved } = await bench((_, runs) => (runs <= 2 ? 8 : runs));
  assert.deepEqual(
    asked.map(({ ports, duration, device }) => [ports?.[0], duration, device]),
    [
      [undefined, undefined, 'software'],
      [undefined, undefined, 'software'],
      ...[8, 8, 4, 4, 4, 4, 8, 8].map((mpps) => [`traffic0,mpps=${mpps}`, 3, 'software']),
    ],
  );
  assert.deepEqual(report.rows, [
    { method: 'io', memory: 'host', load: 0.5, runs: 2, offered: [5, 6, 7, 8] },
    { method: 'io', memory: 'host', load: 1, runs: 2, offered: [3, 4, 9, 10] },
  ]);
  assert.equal(report.best, 10);
  assert.equal(saved.length, 2);
  assert.equal(report.command, 'warpline bench loads');
  assert.match(lines[1], /^2 repeats of 3 s each, after a warm-up; loads 0\.5,1$/);
  // All but nothing of what runs take is beside what they are meant to take: 6 s a turn.
  assert.match(lines[2], /^warm-up io host load 0\.5: nothing counted; \d:\d\d left$/);
  assert.match(lines[4], /^1\/2 io host load 1: 3 and 4 Mpps; \d:\d\d left$/);
});

test('an error in the middle of a turn leaves the turn out and ends the bench', async () => {
  const { report, asked, saved } = await bench((_, runs) => (runs === 8 ? 666 : 1));
  assert.equal(asked.length, 8);
  assert.deepEqual(report.error, {
    code: 'GPU_LAUNCH_FAILED',
    message: 'lost.',
    point: 'io host load 0.5',
  });
  assert.deepEqual(
    report.rows.map(({ load, runs }) => [load, runs]),
    [
      [0.5, 1],
      [1, 1],
    ],
  );
  assert.equal(saved.length, 1);
});

test('points of an unreachable memory are left out together, by what all share', async () => {
  const missing = new WarplineError('MEMORY_UNREACHABLE', { who: 'x', device: 'y', advice: 'z' });
  const { report, asked } = await bench(() => missing);
  assert.equal(asked.length, 1);
  assert.deepEqual(report.skipped, [{ method: 'io', memory: 'host', reason: missing.message }]);
  assert.equal(report.error, undefined);
});

test('Ctrl-C in the middle of a turn: what the turn gives does not count', async () => {
  const { report } = await bench((_, runs) => (runs === 5 ? -1 : 1));
  assert.equal(report.interrupted, true);
  assert.deepEqual(
    report.rows.map(({ load, runs }) => [load, runs]),
    [[1, 1]],
  );
});

test('an error that is no WarplineError is a bug, and goes on as it is', async () => {
  await assert.rejects(
    bench(() => new TypeError('a bug')),
    TypeError,
  );
});

test('a frame that is longer than an mbuf gets larger mbufs, so that it is in one', () => {
  assert.deepEqual(nullPort(2048), { ports: ['net_null0,size=2048'] });
  assert.deepEqual(nullPort(9000), { ports: ['net_null0,size=9000'], mbufSize: 9000 });
});
