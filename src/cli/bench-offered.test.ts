import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LatencyBenchOptions, LatencyBenchResult } from '../bench/latency.js';
import type { ZeroLossBenchOptions, ZeroLossBenchResult } from '../bench/zero-loss.js';
import { TestShell } from '../testing/command-line.js';
import { latencyCommand } from './bench-latency.js';
import { zeroLossCommand } from './bench-zero-loss.js';

const head = { version: '0.1.0', commit: 'abc1234', date: 'today', machine: { device: 'cuda:0' } };
const place = { method: 'launch', memory: 'gpu', burst: 16 };

/** A command line of `bench latency`, whose bench is a stand-in with one row. */
async function latency(args: string) {
  const shell = new TestShell();
  let asked: LatencyBenchOptions | undefined;
  const point = { ...place, timeoutUs: 50, frameBytes: 1024, peakMpps: 12, load: 0.5 };
  const rates = { offeredMpps: 6, offeredMppsMin: 6, offeredMppsMax: 6, repeats: 5, lost: 0 };
  const p50 = { latencyP50Us: 9.5, latencyP50UsMin: 9, latencyP50UsMax: 10 };
  const p99 = { latencyP99Us: 20, latencyP99UsMin: 19, latencyP99UsMax: 21 };
  const latency = { us: [9, 20], packets: [5, 5] };
  const rows = [{ ...point, ...rates, mpps: 6, ...p50, ...p99, latency }];
  const report = { ...head, bench: 'latency', rows, skipped: [] };
  const command = latencyCommand(shell, async (options) => {
    asked = options;
    return report as unknown as LatencyBenchResult;
  });
  await command.parseAsync(args.split(' ').filter(Boolean), { from: 'user' });
  return { asked, report, ...shell };
}

test('bench latency is a row a point, without the distribution, which the JSON has', async () => {
  const table = await latency('');
  assert.deepEqual(table.asked, {});
  assert.equal(
    table.stdout,
    `bench   latency, warpline 0.1.0 (abc1234), today
device  cuda:0

method  memory  burst  timeoutUs   load  offeredMpps  lost  mpps          latencyP50Us  latencyP99Us
launch  gpu        16         50  0.500            6     0     6  9.500 (9.000-10.000)            20
`,
  );
  const given = '--methods launch,io --bursts 16 --offer 6,0.5 --timeouts 5,500 --size 64';
  const json = await latency(`${given} --slots 4096 --blocks 8 --json`);
  assert.deepEqual(JSON.parse(json.stdout), json.report);
  assert.match(json.stdout, /^ +"us": \[9,20\],$/m);
  assert.deepEqual(json.asked, {
    methods: ['launch', 'io'],
    bursts: [16],
    offer: [6, 0.5],
    timeouts: [5, 500],
    frameBytes: 64,
    slots: 4096,
    blocks: 8,
  });
});

/** The same of `bench zero-loss`, a row with each generator. */
async function zeroLoss(args: string) {
  const shell = new TestShell();
  let asked: ZeroLossBenchOptions | undefined;
  const trial = { offeredMpps: 9.5, seconds: 10, sent: 95e6, lost: 0 };
  const found = { zeroLossMpps: 9.5, zeroLossGbps: 77.824, ratio: 0.95 };
  const none = { zeroLossMpps: null, zeroLossGbps: null, ratio: null };
  const row = { ...place, frameBytes: 1024 };
  const rows = [
    { ...row, generator: 'traffic', peakMpps: 10, ...found, trials: [trial] },
    { ...row, generator: 'testpmd', peakMpps: 8, ...none, trials: [{ ...trial, lost: 7 }] },
  ];
  const report = { ...head, bench: 'zero-loss', rows, skipped: [] };
  const command = zeroLossCommand(shell, async (options) => {
    asked = options;
    return report as unknown as ZeroLossBenchResult;
  });
  await command.parseAsync(args.split(' ').filter(Boolean), { from: 'user' });
  return { asked, report, ...shell };
}

test('bench zero-loss is a row a search, and what testpmd offered and lost', async () => {
  const table = await zeroLoss('');
  assert.deepEqual(table.asked, { generators: ['traffic'] });
  assert.equal(
    table.stdout,
    `bench   zero-loss, warpline 0.1.0 (abc1234), today
device  cuda:0

method  memory  burst  frameBytes  generator  peakMpps  zeroLossMpps  zeroLossGbps  ratio
launch  gpu        16        1024  traffic          10         9.500        77.824  0.950
launch  gpu        16        1024  testpmd           8             -             -      -

With testpmd, at the one rate it has:
method  memory  burst  frameBytes  offeredMpps  seconds      sent  lost
launch  gpu        16        1024        9.500       10  95000000     7
`,
  );
  const given = '--generator traffic,testpmd --sizes 64,1514 --trial-seconds 20 --retries 1';
  const json = await zeroLoss(
    `${given} --resolution 0.005 --slots 8192 --confirm-seconds 60 --json`,
  );
  const links = await zeroLoss('--line-rates 0,100,400');
  assert.deepEqual(links.asked, { generators: ['traffic'], lineRates: [0, 100, 400] });
  assert.deepEqual(JSON.parse(json.stdout), json.report);
  assert.deepEqual(json.asked, {
    generators: ['traffic', 'testpmd'],
    sizes: [64, 1514],
    seconds: 20,
    confirmSeconds: 60,
    retries: 1,
    resolution: 0.005,
    slots: 8192,
  });
});

test('what runs with testpmd cannot have is refused', async () => {
  for (const [args, message] of [
    ['--items 64', /^--generator testpmd and --items do not go together: /],
    ['--line-rates 100', /^--generator testpmd and --line-rates do not go together: /],
    ['--status-in split', /^--generator testpmd and --status-in do not go together: /],
    ['--bursts 512,513', /^--bursts cannot be "513": testpmd takes bursts of 512 at most/],
  ] as const)
    await assert.rejects(zeroLoss(`--generator testpmd ${args}`), { message }, args);
});
