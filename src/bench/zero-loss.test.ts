import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resultLike } from '../testing/l2fwd-result.js';
import { trafficRun } from '../testing/traffic-run.js';
import type { BackToBackRound } from './back-to-back-round.js';
import { benchZeroLoss, type ZeroLossBenchOptions, type ZeroLossBenchResult } from './zero-loss.js';
import { completeZeroLossSweep, zeroLossPoints } from './zero-loss-points.js';
import { zeroLossRow } from './zero-loss-row.js';
import { searchSeconds } from './zero-loss-search.js';

const base: ZeroLossBenchOptions = {
  ...{ device: 'software', methods: ['persistent', 'io'], memory: ['host'], bursts: [32] },
  ...{ sizes: [128], seconds: 40, confirmSeconds: 60 },
};

interface StandIns {
  /** The highest rate that a trial gets through; as fast as it goes, 10 Mpps. */
  lossless?(runs: number): number;
  stopAt?: number;
  round?: Partial<BackToBackRound>;
  /** For findTestpmd: any program will do. */
  testpmd?: string;
}

/** Runs of a search up to a trial: one that warms up, three peaks, then a peak before each other trial. */
const runsUntil = (trial: number) => 4 + trial + (trial - 1);

async function bench(options: Partial<ZeroLossBenchOptions>, stand: StandIns) {
  const { lossless = () => 9, stopAt, round } = stand;
  const lines: string[] = [];
  const saved: ZeroLossBenchResult[] = [];
  const stop = new AbortController();
  const { run, asked } = trafficRun(({ ports }, runs) =>
    ports?.[0].includes('mpps') ? lossless(runs) : 10,
  );
  const report = await benchZeroLoss(
    { ...base, ...options },
    {
      stop: stop.signal,
      progress: (line) => lines.push(line),
      save: (now) => saved.push(structuredClone(now)),
    },
    {
      run: (given, hooks) => {
        if (asked.length + 1 === stopAt) stop.abort();
        return run(given, hooks);
      },
      round: async () => round as BackToBackRound,
    },
  );
  return { report, asked, lines, saved };
}

test('a row is the rate found to the resolution, confirmed, with every trial', async () => {
  const { report, lines } = await bench({}, {});
  assert.equal(report.bench, 'zero-loss');
  assert.deepEqual(
    report.rows.map(({ method }) => method),
    ['persistent', 'io'],
  );
  for (const { peakMpps, zeroLossMpps, zeroLossGbps, ratio, trials, spread } of report.rows) {
    assert.ok(zeroLossMpps !== null && zeroLossMpps <= 9 && zeroLossMpps > 8.9);
    assert.equal(zeroLossGbps, (zeroLossMpps * 8 * 128) / 1000);
    assert.deepEqual([peakMpps, ratio, spread], [10, zeroLossMpps / 10, undefined]);
    assert.equal(trials.length, 9);
    for (const { lost, offeredMpps } of trials) assert.equal(lost > 0, offeredMpps > 9);
    const last = trials[8];
    assert.deepEqual([last.confirms, last.offeredMpps], [true, zeroLossMpps]);
    assert.equal(trials.filter(({ confirms }) => confirms).length, 1);
    // Nothing stands in for the warm-up here: half a second more than asked for.
    assert.ok(Math.abs(trials[7].seconds - 40.5) < 1e-6);
    assert.ok(Math.abs(last.seconds - 60.5) < 1e-6);
  }
  assert.ok(lines.some((line) => /trial 3: 0 of \d+ lost at 7.5.* left$/.test(line)));
});

test('a search is kept as soon as it is over, for it is long', async () => {
  const { saved } = await bench({}, {});
  assert.deepEqual(
    saved.map(({ rows }) => rows.length),
    [1, 2, 2],
  );
});

test('a confirming trial that fails is no result', async () => {
  // The ninth trial loses frames.
  const ninth = runsUntil(9);
  const { report } = await bench({ methods: ['io'] }, { lossless: (n) => (n === ninth ? 5 : 9) });
  const [{ trials, zeroLossMpps }] = report.rows;
  assert.deepEqual([trials[8].confirms, trials[8].lost > 0], [true, true]);
  assert.ok(zeroLossMpps !== null && zeroLossMpps > 0 && zeroLossMpps < trials[8].offeredMpps);
  assert.deepEqual([trials.at(-1)?.confirms, trials.at(-1)?.lost], [true, 0]);
});

test('a peak is measured before each trial, and the ratio is that to all of them', async () => {
  const found: number[] = [];
  // A neighbour comes after the fourth run: a peak of 12 Mpps before, of 10 after it.
  const { run, asked } = trafficRun(({ ports }, runs) => {
    if (ports?.[0].includes('mpps')) return 9;
    found.push(runs > 4 ? 10 : 12);
    return found[found.length - 1];
  });
  const round = () => assert.fail('there is no testpmd here');
  const { rows } = await benchZeroLoss({ ...base, methods: ['io'] }, {}, { run, round });
  const [{ peakMpps, peakMppsMax, ratio, zeroLossMpps, trials }] = rows;
  assert.deepEqual([peakMpps, peakMppsMax, ratio], [10, 12, (zeroLossMpps ?? 0) / 10]);
  assert.equal(found.length, 4 + trials.length - 1);
  const order = asked.slice(4).map(({ mpps }) => (mpps === 0 ? 'peak' : 'trial'));
  assert.deepEqual(order.slice(0, 5), ['trial', 'peak', 'trial', 'peak', 'trial']);
});

test('on a link nothing offers more than its line rate, the peak neither; 0 is no link', async () => {
  const { report, asked } = await bench({ methods: ['io'], lineRates: [0, 10, 100] }, {});
  assert.deepEqual(
    report.rows.map(({ lineRateGbps }) => lineRateGbps),
    [undefined, 10, 100],
  );
  const [open, slow, fast] = report.rows;
  // 128 bytes and the 24 that are on the wire alone: 10 Gbit/s are 8.22 Mpps, less than it can take.
  const [line, faster] = [10, 100].map((gbps) => (gbps * 1000) / (8 * (128 + 24)));
  assert.equal(slow.peakMpps, line);
  assert.ok(Math.abs((slow.ratio as number) - 1) < 1e-6);
  assert.equal(slow.trials.length, 2);
  const offered = asked.map(({ mpps }) => mpps);
  const from = offered.indexOf(line);
  // A warm-up, three peaks, a trial, one more peak and the trial that confirms: all at that rate, none as
  // fast as it goes. Then the other link, which it cannot fill.
  assert.deepEqual(offered.slice(from, from + runsUntil(2)), Array(runsUntil(2)).fill(line));
  const rest = offered.slice(from + runsUntil(2));
  assert.ok(rest.length > 0 && rest.every((mpps) => mpps > 0 && mpps <= faster));
  // A peak measured on a link that is faster than the method is the method's own.
  assert.deepEqual([open.peakMpps, fast.peakMpps], [10, 9]);
});

test('what the machine gave in the slowest tenth of a second stands beside the peaks, if known', () => {
  const { methods, memory, sizes, bursts } = base as Required<ZeroLossBenchOptions>;
  const [point] = zeroLossPoints(completeZeroLossSweep({ methods, memory, sizes, bursts }, ''));
  const found = { peaks: [10, 12, 11], trials: [], zeroLossMpps: 9, crowded: false };
  const { slowestTenthMpps, peakMpps } = zeroLossRow(point, { ...found, slowest: 5 });
  assert.deepEqual([slowestTenthMpps, peakMpps], [5, 11]);
  assert.ok(!('slowestTenthMpps' in zeroLossRow(point, found)));
});

test('frames lost at every rate: 0, and a ratio of 0', async () => {
  const { report } = await bench({ methods: ['io'] }, { lossless: () => 0 });
  const [{ trials, zeroLossMpps, ratio }] = report.rows;
  assert.deepEqual([zeroLossMpps, ratio], [0, 0]);
  assert.ok(trials.every(({ lost, sent }) => lost === sent));
});

test('Ctrl-C leaves the searches that were over', async () => {
  const stopAt = runsUntil(9) + runsUntil(2);
  const { report, asked } = await bench({}, { stopAt });
  assert.equal(report.interrupted, true);
  assert.deepEqual(
    report.rows.map(({ method }) => method),
    ['persistent'],
  );
  assert.equal(asked.length, stopAt);
});

test('testpmd has one rate: what finds no room in its ring is lost too', async () => {
  const round = { sent: 900, refused: 100, back: 890, sentMpps: 9, mpps: 8.9 };
  const { report } = await bench(
    { methods: ['cpu'], generators: ['testpmd'], testpmd: process.execPath },
    { round: { ...round, result: resultLike({ crowded: true }) } },
  );
  const [{ generator, peakMpps, zeroLossMpps, zeroLossGbps, ratio, crowded, trials }] = report.rows;
  assert.deepEqual([generator, peakMpps, crowded], ['testpmd', 8.9, true]);
  assert.deepEqual([zeroLossMpps, zeroLossGbps, ratio], [null, null, null]);
  assert.deepEqual(trials, [{ offeredMpps: 10, seconds: 1e-4, sent: 1000, lost: 110 }]);
});

test('where testpmd loses nothing at its one rate, that is the rate', async () => {
  const round = { sent: 900, refused: 0, back: 900, sentMpps: 9, mpps: 9 };
  const { report } = await bench(
    { methods: ['cpu'], generators: ['testpmd'], testpmd: process.execPath },
    { round },
  );
  assert.deepEqual([report.rows[0].zeroLossMpps, report.rows[0].ratio], [9, 1]);
});

test('every combination is a search of ten seconds a trial, in two minutes', () => {
  const sweep = completeZeroLossSweep({ sizes: [60, 1514] }, 'cuda');
  assert.deepEqual([sweep.seconds, sweep.confirmSeconds], [10, 10]);
  assert.equal(zeroLossPoints(sweep).length, 7 * 2 * 2);
  const [first] = zeroLossPoints({ ...sweep, generators: ['testpmd', 'traffic'] });
  assert.equal(first.generator, 'traffic');
  const links = zeroLossPoints({
    ...sweep,
    ...{ methods: ['io'], memory: ['host'], sizes: [60] },
    ...{ generators: ['testpmd', 'traffic'], lineRates: [0, 100] },
  });
  // testpmd is not to be had at a rate.
  assert.deepEqual(
    links.map(({ generator, lineRateGbps }) => [generator, lineRateGbps]),
    [
      ['traffic', undefined],
      ['traffic', 100],
      ['testpmd', undefined],
    ],
  );
  assert.ok(searchSeconds(sweep) > 90 && searchSeconds(sweep) < 125);
  const longer = searchSeconds({ ...sweep, confirmSeconds: 60 }) - searchSeconds(sweep);
  assert.ok(Math.abs(longer - 50) < 1e-6);
});
