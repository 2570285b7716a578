import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestShell } from '../testing/command-line.js';
import type { CheckRow } from '../tune/rows.js';
import type { TuneOptions, TuneResult } from '../tune/tune.js';
import { main } from './main.js';

const row: CheckRow = {
  method: 'launch',
  memory: 'host',
  burst: 64,
  timeoutUs: 50,
  items: 256,
  blocks: 32,
  pipelines: 1,
  lcoresPerPath: 2,
  lcores: 2,
  mpps: 8.5,
  latencyP50Us: 10,
  latencyP99Us: 20,
  repeats: 5,
  mppsMin: 8,
  mppsMax: 9,
  latencyP99UsMin: 19,
  latencyP99UsMax: 21,
  gain: 1,
};
const like: TuneResult = {
  bench: 'tune',
  version: '0.1.0',
  commit: 'abc',
  date: '2026-01-01',
  machine: {
    cpu: 'a CPU',
    cores: 8,
    memoryGiB: 32,
    kernel: '6.1',
    node: 'v20',
    dpdk: 'DPDK',
    device: 'software',
    gpu: 'none',
  },
  sweep: { repeats: 5, seconds: 60 },
  aim: 'most Mpps',
  rows: [row],
  skipped: [{ method: 'cpu', memory: 'gpu', reason: 'out of reach' }],
  checks: [
    {
      holds: false,
      rows: [
        { ...row, method: 'cpu', mpps: 1 },
        { ...row, gain: 8.5 },
      ],
    },
    { holds: true, rows: [row] },
  ],
  unmeasured: 2,
  choice: {
    ...row,
    l2fwd: 'warpline l2fwd --burst 64',
    why: ['a reason', 'another'],
    checked: true,
  },
};

async function tune(args: string, changes: Partial<TuneResult> = {}) {
  const shell = new TestShell();
  let asked: TuneOptions | undefined;
  const status = await main(`tune ${args}`.trim().split(' '), shell, {
    async tune(options, { progress }) {
      asked = options;
      progress?.('grid launch; 0:59 left');
      return { ...like, ...changes };
    },
  });
  return { status, asked, shell };
}

test('without options it tunes the MAC swap for rate, for a minute', async () => {
  const { status, asked, shell } = await tune('');
  assert.equal(status, 0);
  assert.deepEqual(asked, { memory: 'host', packetTimeNs: 0, seconds: 60 });
  assert.equal(shell.stderr, 'grid launch; 0:59 left\n');
  const text = shell.stdout;
  assert.match(text, /^The best of 1 option sets measured, for most Mpps:$/m);
  assert.match(text, /^Check 1, in turn: the first does not stand$/m);
  assert.match(text, /^Check 2, in turn: none is better than the first by more than 5 %$/m);
  assert.match(text, /^launch +64 .* 8\.500 \(8\.000-9\.000\) .* 5 +1$/m);
  assert.match(text, /^left out: cpu gpu: out of reach$/m);
  assert.match(text, /^2 option sets of the grid had no time: --seconds gives more$/m);
  assert.match(text, /\n\n- a reason\n- another\n\nwarpline l2fwd --burst 64\n$/);
  assert.doesNotMatch(text, /did not come to its end/);
});

test('what is asked for goes on, and a choice that was not checked says so', async () => {
  const args =
    '--port traffic0,size=64 --kernel a.cu:f --packet-time-ns 5 --p99-us 12.5 --methods cpu,launch ' +
    '--bursts 8 --pipelines 1,2 --memory gpu --device software --seconds 10';
  const { asked, shell } = await tune(args, { choice: { ...like.choice!, checked: false } });
  assert.deepEqual(asked, {
    ports: ['traffic0,size=64'],
    kernel: 'a.cu:f',
    packetTimeNs: 5,
    p99Us: 12.5,
    methods: ['cpu', 'launch'],
    bursts: [8],
    pipelines: [1, 2],
    memory: 'gpu',
    device: 'software',
    seconds: 10,
  });
  assert.match(shell.stdout, /^The check did not come to its end/m);
});

test('--json is the report; what ended it early is the exit status', async () => {
  const error = { code: 'GPU_LAUNCH_FAILED', message: 'lost.' };
  const { status, shell } = await tune('--json', { error, interrupted: true });
  assert.equal(status, 1);
  assert.deepEqual(JSON.parse(shell.stdout), { ...like, error, interrupted: true });
  assert.match(shell.stderr, /GPU_LAUNCH_FAILED: lost\.\n$/);
});

for (const [args, line] of [
  ['--target-mpps 1 --p99-us 5', 'OPTION_CONFLICT: --target-mpps and --p99-us'],
  ['--p99-us 5 --port net_null0', 'OPTION_CONFLICT: --p99-us and a --port without a pace'],
  ['--port traffic0 --port net_null0', 'OPTION_CONFLICT: a traffic port and another --port'],
  ['--port net_null0 --port net_null1 --port net_null2', 'OPTION_CONFLICT: 3 times --port'],
  ['--methods io', 'OPTION_VALUE: --methods cannot be "io"'],
  ['--seconds 1', 'OPTION_VALUE: --seconds cannot be "1": it must be 2 at the least'],
  ['--target-mpps 0', 'OPTION_VALUE: --target-mpps cannot be "0"'],
  ['--p99-us fast', 'OPTION_VALUE: --p99-us cannot be "fast"'],
])
  test(`wrong use: ${args}`, async () => {
    const { status, asked, shell } = await tune(args);
    assert.deepEqual([status, asked, shell.stdout], [2, undefined, '']);
    assert.ok(shell.stderr.startsWith(`warpline: ${line}`), shell.stderr);
  });
