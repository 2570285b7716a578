import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StatsAnswer } from '../stats/server.js';
import type { StageCounts } from '../telemetry/stages.js';
import { TestShell } from '../testing/command-line.js';
import { snapshotLike } from '../testing/l2fwd-result.js';
import { main } from './main.js';
import type { StatsLine } from './stats-view.js';

/** A run `seconds` after its start: a million packets a second, in bursts of 50, half of it idle. */
function answerAt(seconds: number): StatsAnswer {
  const packets = seconds * 1e6;
  const lcore = (stage: string): StageCounts => ({
    kind: 'lcore',
    stage,
    calls: packets / 50,
    emptyCalls: packets,
    packets,
    busyCycles: packets * 100,
    idleCycles: packets * 300,
    stalls: 0,
    stalledUs: 0,
  });
  const gpu: StageCounts = {
    kind: 'gpu',
    stage: 'gpu0',
    calls: packets / 50,
    packets,
    launches: seconds * 10,
    inFlight: 12,
  };
  const snapshot = snapshotLike(seconds, { stages: [lcore('rx0'), lcore('tx0'), gpu] });
  return { app: 'l2fwd', version: '0.1.0', pid: 4711, method: 'launch', snapshot };
}

const TABLE = `l2fwd 4711, launch
time 4.0 s  rx 4000100  tx 4000000  Mpps 1.000  Gbit/s 0.5120  dropped 0  missed 0  packets/item 50.0  list 12/256

stage  calls/s  packets/s  packets/call  cycles/call  cycles/packet    idle  launches/s  in flight
rx0     20,000  1,000,000          50.0        5,000          100.0  75.0 %           -          -
tx0     20,000  1,000,000          50.0        5,000          100.0  75.0 %           -          -
gpu0    20,000  1,000,000          50.0            -              -       -          10         12
`;

/** `warpline stats` on a made-up run that has been looked at after so many seconds, then ended. */
async function stats(args: string, looks: number[], shell = new TestShell()) {
  let asked: number | undefined;
  const answers = looks.map(answerAt);
  const status = await main(`stats ${args}`.trim().split(' '), shell, {
    async stats(pid) {
      asked = pid;
      return { pid: 4711, ask: async () => answers.shift() };
    },
  });
  return { status, asked, shell };
}

test('each look is a table of the stages, with rates of the time since the last', async () => {
  const { status, shell } = await stats('--interval 0.01 --count 1', [2, 4]);
  assert.deepEqual([status, shell.stdout, shell.stderr], [0, `${TABLE}\n`, '']);
});

test('on a terminal each table is drawn over the one before', async () => {
  const shell = new TestShell();
  shell.outColumns = 200;
  await stats('--interval 0.01 --count 2', [2, 4, 4], shell);
  const [first, second, ...more] = shell.stdout.split('\x1b[7A\x1b[J');
  assert.equal(first, TABLE);
  assert.match(second, /^rx0 +- +- +- /m);
  assert.deepEqual(more, []);
});

test('--json is one object a line', async () => {
  const { asked, shell } = await stats('4711 --interval 0.01 --count 2 --json', [1, 3, 3.5]);
  assert.equal(asked, 4711);
  const lines = shell.stdout.trimEnd().split('\n');
  const [first, second]: StatsLine[] = lines.map((line) => JSON.parse(line));
  assert.equal(lines.length, 2);
  const { pid, method, seconds, interval, mpps } = first;
  assert.deepEqual([pid, method, seconds, interval, mpps], [4711, 'launch', 3, 2, 1]);
  assert.deepEqual(first.stages[0], {
    kind: 'lcore',
    stage: 'rx0',
    calls: 40_000,
    packets: 2e6,
    emptyCalls: 2e6,
    packetsPerCall: 50,
    cyclesPerCall: 5000,
    cyclesPerPacket: 100,
    idle: 0.75,
    stalls: 0,
    stalledUs: 0,
  });
  assert.deepEqual([second.interval, second.stages[2].packets], [0.5, 500_000]);
  assert.equal(second.stages[2].idle, undefined);
});

test('it ends with the run, and says so', async () => {
  const { status, shell } = await stats('--interval 0.01 --json', [1, 2]);
  assert.equal(status, 0);
  assert.equal(shell.stdout.split('\n').length, 2);
  assert.equal(shell.stderr, 'warpline: the run of process 4711 has ended\n');
});

test('Ctrl-C ends it well', async () => {
  const shell = new TestShell();
  setTimeout(() => shell.interrupt(), 20);
  const { status } = await stats('--interval 1000', [1, 2], shell);
  assert.deepEqual([status, shell.stdout, shell.stderr], [0, '', '']);
});
