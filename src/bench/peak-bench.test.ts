import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { L2fwdOptions } from '../apps/l2fwd/options.js';
import type { L2fwdResult } from '../apps/l2fwd/result.js';
import { resultLike } from '../testing/l2fwd-result.js';
import { benchFigure13 } from './figure13.js';
import { benchFigure14 } from './figure14.js';
import { lineRates } from './line-rates.js';
import { methodPoints } from './methods-sweep.js';
import { benchScaling } from './scaling.js';
import type { SweepHooks, SweepParts } from './sweep.js';
import { benchWork } from './work.js';

type Answer = (options: Partial<L2fwdOptions>, runs: number) => Partial<L2fwdResult>;

/** A bench over a stand-in for runL2fwd; what it asked for, run by run. */
async function over<Options, Report>(
  answer: Answer,
  bench: (options: Options, hooks: SweepHooks<Report>, parts: SweepParts) => Promise<Report>,
  options: Options,
) {
  const asked: Partial<L2fwdOptions>[] = [];
  const saved: Report[] = [];
  const run = async (given: Partial<L2fwdOptions>) => {
    asked.push(given);
    return { ...resultLike({ mpps: 1 }), ...answer(given, asked.length) };
  };
  const save = (now: Report) => saved.push(structuredClone(now));
  const report = await bench(options, { save, command: 'warpline bench it' }, { run });
  return { report, asked, saved };
}

const device = 'software';
const short = { device, verify: false, repeats: 2, seconds: 0.4 };

test('figure13: untouched packets, the two memories in turn, a frame always one mbuf', async () => {
  const { report, asked, saved } = await over(
    ({ memory, mbufSize }) => ({ mpps: memory === 'gpu' ? 7 : 8, gbps: mbufSize ?? 1 }),
    benchFigure13,
    { ...short, sizes: [64, 9000] },
  );
  const places = ['host size=64', 'gpu size=64', 'host size=9000', 'gpu size=9000'];
  assert.deepEqual(
    asked.map(({ memory, ports }) => `${memory} ${ports?.[0].split(',')[1]}`),
    [...places, ...places.toReversed(), ...places],
  );
  assert.ok(
    asked.every(
      ({ method, burst, pipelines }) => method === 'io' && burst === 64 && pipelines === 1,
    ),
  );
  const { mpps, gbps, ...first } = report.rows[0];
  assert.deepEqual(
    [first.method, first.memory, first.frameBytes, first.burst],
    ['io', 'host', 64, 64],
  );
  assert.deepEqual([mpps, gbps, first.repeats], [8, 1, 2]);
  assert.deepEqual(
    report.rows.map(({ frameBytes, memory, gbps }) => [frameBytes, memory, gbps]),
    [
      [64, 'host', 1],
      [64, 'gpu', 1],
      [9000, 'host', 9000],
      [9000, 'gpu', 9000],
    ],
  );
  assert.deepEqual([report.bench, report.command], ['figure13', 'warpline bench it']);
  assert.deepEqual(report.sweep.memory, ['host', 'gpu']);
  assert.equal('device' in report.sweep, false);
  assert.deepEqual(
    saved.map(({ rows }) => rows[0].repeats),
    [1, 2],
  );
});

test('figure13 asks for the sizes of the article and one that is no standard', async () => {
  const { report } = await over(() => ({}), benchFigure13, { device, verify: true, repeats: 1 });
  const sizes = [64, 128, 256, 512, 1024, 1280, 1518, 9000];
  assert.deepEqual(report.sweep.sizes, sizes);
  assert.equal(report.rows.length, 2 * sizes.length);
  assert.equal(report.sweep.verify, true);
});

test('figure14: every method against packets per item, cpu and io beside the five', async () => {
  const { report, asked } = await over(({ burst = 0 }) => ({ gbps: burst }), benchFigure14, {
    ...short,
    frameBytes: 512,
    items: 32,
    bursts: [8, 16],
  });
  assert.equal(asked.length, 3 * 14);
  assert.ok(asked.every(({ ports, items }) => ports?.[0] === 'net_null0,size=512' && items === 32));
  assert.deepEqual(
    report.rows
      .slice(0, 4)
      .map(({ method, burst, gbps, frameBytes }) => [method, burst, gbps, frameBytes]),
    [
      ['io', 8, 8, 512],
      ['io', 16, 16, 512],
      ['cpu', 8, 8, 512],
      ['cpu', 16, 16, 512],
    ],
  );
  assert.deepEqual(report.lines, lineRates(512));
  assert.equal(report.sweep.items, 32);
});

test('line rates leave room for what is on the wire and no frame byte of ours', () => {
  // 1024 bytes of DPDK's are 1048 on the wire: 4 of check sequence, 8 before, 12 after.
  const [one, two, four] = lineRates(1024);
  assert.deepEqual([one.name, two.name, four.name], ['100 GbE', '200 GbE', '400 GbE']);
  assert.ok(Math.abs(one.gbps - 97.7099) < 1e-4);
  assert.ok(Math.abs(four.gbps - 4 * one.gbps) < 1e-9);
  // RFC 2544 counts the check sequence: its 64-byte frame, 14.88 Mpps at 10 Gbit/s, is 60 of ours.
  const mpps = (lineRates(60)[0].gbps * 1e3) / (60 * 8);
  assert.ok(Math.abs(mpps - 148.81) < 0.01);
});

test('cpu has its packets in host memory, once, whatever the others have', () => {
  const sweep = { ...short, memory: ['gpu', 'staged'] as const, bursts: [64], pipelines: [1, 2] };
  const points = methodPoints(
    { ...sweep, methods: ['cpu', 'launch'], memory: [...sweep.memory] },
    64,
  );
  assert.deepEqual(
    points.map(({ method, memory, pipelines }) => [method, memory, pipelines]),
    [
      ['cpu', 'host', 1],
      ['cpu', 'host', 2],
      ['launch', 'gpu', 1],
      ['launch', 'gpu', 2],
      ['launch', 'staged', 1],
      ['launch', 'staged', 2],
    ],
  );
});

test('scaling: pipelines next to each other, and rows say where CPUs were too few', async () => {
  const { report } = await over(
    ({ pipelines = 1 }) => ({ mpps: pipelines, ...(pipelines > 2 && { crowded: true }) }),
    benchScaling,
    { ...short, frameBytes: 1024, methods: ['graph'], pipelines: [1, 2, 4] },
  );
  assert.deepEqual(
    report.rows.map(({ method, memory, burst, pipelines, mpps, crowded }) => [
      method,
      memory,
      burst,
      pipelines,
      mpps,
      crowded,
    ]),
    [
      ['graph', 'host', 64, 1, 1, undefined],
      ['graph', 'host', 64, 2, 2, undefined],
      ['graph', 'host', 64, 4, 4, true],
    ],
  );
});

test('work: each method with more and more of it, and where the GPU overtakes', async () => {
  const { report, asked, saved } = await over(
    ({ method, packetTimeNs = 0 }) => ({
      mpps: method === 'cpu' ? 1000 / (25 + packetTimeNs) : 9,
    }),
    benchWork,
    { ...short, frameBytes: 1024, methods: ['cpu', 'persistent'], work: [0, 10, 100] },
  );
  assert.deepEqual(
    asked.slice(0, 6).map(({ method, packetTimeNs }) => `${method} ${packetTimeNs}`),
    ['cpu 0', 'cpu 10', 'cpu 100', 'persistent 0', 'persistent 10', 'persistent 100'],
  );
  assert.equal(report.rows.length, 6);
  assert.equal(report.rows[2].packetTimeNs, 100);
  const [crossover, ...others] = report.crossovers;
  assert.deepEqual([crossover.of, crossover.by, others.length], ['cpu', 'persistent', 0]);
  assert.ok(crossover.packetTimeNs > 10 && crossover.packetTimeNs < 100);
  // Worked out with each round: a bench that is killed leaves them, too.
  assert.deepEqual(saved[0].crossovers, [crossover]);
});

test('a point that never counted anything is accounted for, and its next run warms up less', async () => {
  const { report, asked } = await over(
    ({ method }, runs) => ({
      mpps: method === 'launch' && runs > 2 ? 0 : 10,
      tx: { packets: 500_000, bytes: 0 },
    }),
    benchScaling,
    { ...short, frameBytes: 64, methods: ['io', 'launch'], pipelines: [1] },
  );
  assert.deepEqual(
    report.rows.map(({ method }) => method),
    ['io'],
  );
  const [{ method, reason }] = report.skipped;
  assert.deepEqual([method, report.skipped.length], ['launch', 1]);
  assert.match(reason, /none of its runs counted anything/);
  const warmups = asked.filter(({ method }) => method === 'launch').map(({ warmup }) => warmup);
  // 10 Mpps by its first run; half a million in 0.7 s by its second. 0.3 s of either.
  assert.deepEqual(warmups, [0, 3_000_000, 214_285]);
});
