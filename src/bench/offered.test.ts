import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { L2fwdOptions } from '../apps/l2fwd/options.js';
import type { L2fwdResult } from '../apps/l2fwd/result.js';
import { Histogram } from '../telemetry/histogram.js';
import type { LcoreCounts } from '../telemetry/stages.js';
import { resultLike, snapshotLike } from '../testing/l2fwd-result.js';
import { trafficRun } from '../testing/traffic-run.js';
import type { TrafficResult } from '../traffic/traffic.js';
import { offerFrames, trafficPort, WARMUP_SECONDS } from './offered.js';
import type { Turn, Watch } from './sweep.js';

type Run = (options: Partial<L2fwdOptions>, watch: Watch) => Promise<L2fwdResult>;

function turnOf(run: Run): Turn {
  return { round: 1, seconds: 1, say: () => {}, run: (options, watch = {}) => run(options, watch) };
}

const counts = (offered: number, missed: number, received: number, seconds: number) =>
  ({
    ...{ offered, missed, received, sent: offered - missed },
    ...{ lost: offered - missed - received, mppsOffered: offered / seconds / 1e6 },
  }) as TrafficResult;

const noEnd = () => assert.fail('nobody may end this run');

/** An lcore that stood still so often, and so long in all. */
function stood(stage: string, stalls: number, stalledUs: number): LcoreCounts {
  const counts = { calls: 1, emptyCalls: 0, packets: 1, busyCycles: 1, idleCycles: 0 };
  return { kind: 'lcore', stage, ...counts, stalls, stalledUs };
}

test('what was sent and lost in the warm-up does not count; what was under way does', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  const turn = turnOf(async (_, { onStart }) => {
    const dropped = { tx_full: 30, aborted: 0 };
    // 500 of the 1,000 frames sent by then are under way, 30 of them dropped.
    const traffic = counts(1100, 100, 500, 0.5);
    const stages = [stood('rx0', 7, 900)];
    onStart?.({ snapshot: () => snapshotLike(0.5, { dropped, traffic, stages }), end: noEnd });
    t.mock.timers.tick(WARMUP_SECONDS * 1000);
    // Four looks, and in none anything new.
    t.mock.timers.tick(400);
    // At the end 105 are missed and 37 dropped.
    const still = { ...counts(3100, 105, 2958, 1.5), stalls: 2, stalledUs: 300, preemptions: 5 };
    const dead = { tx_full: 37, aborted: 0 };
    return resultLike({ traffic: still, dropped: dead, stages: [stood('rx0', 8, 4900)] });
  });
  const offered = await offerFrames(turn, {}, { frameBytes: 64, mpps: 0.002, seconds: 1 });
  assert.deepEqual([offered.sent, offered.lost, offered.lossySeconds], [2000, 5 + 7, 0.1]);
  assert.deepEqual(offered.lostTo, { missed: 5, tx_full: 7 });
  assert.deepEqual(offered.stood, { stalls: 3, stalledUs: 4300, preemptions: 5 });
  assert.ok(Math.abs(offered.seconds - 1) < 1e-9);
  assert.ok(Math.abs(offered.offeredMpps - 0.002) < 1e-9);
});

test('tenths of a second in which frames were lost are counted, while the run lasts', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  let looks = 0;
  let over = false;
  const missed = [70, 70, 75, 80, 80];
  const turn = turnOf(async (_, { onStart, onLatency }) => {
    const snapshot = () => {
      assert.ok(!over, 'a run that is over is looked at');
      return snapshotLike(1, { traffic: counts(1000, missed[looks++], 900, 1) });
    };
    onStart?.({ snapshot, end: noEnd });
    t.mock.timers.tick(WARMUP_SECONDS * 1000);
    t.mock.timers.tick(400);
    onLatency?.(Histogram.alone());
    over = true;
    t.mock.timers.tick(1000);
    return resultLike({ traffic: counts(2000, 80, 1920, 2) });
  });
  const offered = await offerFrames(turn, {}, { frameBytes: 64, mpps: 0.001, seconds: 1 });
  assert.equal(looks, 5);
  assert.deepEqual([offered.lost, offered.lossySeconds], [10, 0.2]);
});

test('a run that its first loss decides ends a second after it', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  // Lost in the warm-up, and again 300 ms and 500 ms after it.
  const missed = [20, 20, 20, 25, 25, 30];
  let looks = 0;
  let ended = 0;
  const turn = turnOf(async (_, { onStart, onLatency }) => {
    const snapshot = () =>
      snapshotLike(1, { traffic: counts(1000, missed[Math.min(looks++, 5)], 900, 1) });
    onStart?.({ snapshot, end: () => ended++ });
    t.mock.timers.tick(WARMUP_SECONDS * 1000);
    t.mock.timers.tick(1200);
    assert.equal(ended, 0);
    t.mock.timers.tick(100);
    assert.equal(ended, 1);
    onLatency?.(Histogram.alone());
    return resultLike({ traffic: counts(2000, 30, 1970, 2) });
  });
  const offer = { frameBytes: 64, mpps: 0.001, seconds: 10, untilLost: true };
  const offered = await offerFrames(turn, {}, offer);
  assert.deepEqual([offered.lost, offered.lossySeconds], [10, 0.2]);
});

test('a run that ends within its warm-up counts whole: nothing that it lost is hidden', async () => {
  const turn = turnOf(async () => resultLike({ traffic: counts(1000, 10, 985, 0.25) }));
  const { sent, lost, seconds } = await offerFrames(
    turn,
    {},
    { frameBytes: 64, mpps: 1, seconds: 1 },
  );
  assert.deepEqual([sent, lost, seconds], [1000, 15, 0.25]);
});

test('the distribution is that of the run, the warm-up is left out of rates and latencies', async () => {
  const { run, asked } = trafficRun(() => 10);
  const given = { frameBytes: 128, slots: 4096, mpps: 2, seconds: 3 };
  const { latency, result } = await offerFrames(turnOf(run), { burst: 8 }, given);
  assert.deepEqual(latency.distribution, { us: [10], packets: [result.traffic?.received] });
  const [{ options }] = asked;
  assert.deepEqual(options, {
    burst: 8,
    ports: ['traffic0,size=128,mpps=2,check=0,slots=4096'],
    duration: WARMUP_SECONDS + 3,
    warmup: 2e6 * WARMUP_SECONDS,
  });
});

test('a frame longer than an mbuf gets a longer mbuf; without a rate there is none', () => {
  assert.deepEqual(trafficPort({ frameBytes: 9000 }), {
    ports: ['traffic0,size=9000,check=0'],
    mbufSize: 9000,
  });
});
