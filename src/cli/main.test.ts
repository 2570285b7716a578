import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { L2FWD_DEFAULTS, type L2fwdOptions } from '../apps/l2fwd/options.js';
import type { L2fwdResult } from '../apps/l2fwd/result.js';
import type { MethodsBenchOptions, MethodsBenchResult } from '../bench/methods.js';
import { WarplineError } from '../errors.js';
import { Folder } from '../testing/capture-folder.js';
import { TestShell } from '../testing/command-line.js';
import { resultLike, snapshotLike } from '../testing/l2fwd-result.js';
import { version } from '../version.js';
import type { BenchCpuOptions } from './bench.js';
import type { RunL2fwd } from './l2fwd.js';
import { liveLine } from './live.js';
import { main } from './main.js';
import { summary } from './summary.js';

const folder = new Folder();

/** Runs a command line whose run is a stand-in; says what that was asked for. */
async function warpline(args: string, run: Partial<L2fwdResult> | RunL2fwd = {}) {
  const shell = new TestShell();
  let asked: L2fwdOptions | undefined;
  const l2fwd: RunL2fwd = async (options, hooks) => {
    asked = options;
    return typeof run === 'function' ? run(options, hooks) : resultLike(run);
  };
  const status = await main(args.split(' '), shell, { l2fwd });
  return { status, asked, shell };
}

/** The options of DESIGN's table, and those of our own. */
const LONG = `--port --in --out --method --device --memory --burst --timeout-us --items --pipelines
  --packet-time-ns --kernel --packets --duration --warmup --verify --json --config
  --kernel-threads --mbufs --mbuf-size --eal-log --watchdog-ms --drain-ms --cpus --lcores --blocks --status-in --trace --trace-items --quiet --help
  --header-split --header-function --one-way`.split(/\s+/);

test('help of l2fwd shows every option, with its default, and examples', async () => {
  const { status, shell } = await warpline('l2fwd --help');
  assert.equal(status, 0);
  assert.equal(shell.stderr, '');
  const shown = [...shell.stdout.matchAll(/^ {2}(?:-h, )?(--[a-z-]+)/gm)].map(([, name]) => name);
  assert.deepEqual(shown.toSorted(), LONG.toSorted());
  const flat = shell.stdout.replace(/\s+/g, ' ');
  for (const preset of ['persistent', 'host', '64', '50', '256', '1', '0', '2000', '2048']) {
    assert.ok(flat.includes(`(default: ${preset})`), preset);
  }
  assert.match(flat, /--kernel FILE\[:NAME\] /);
  assert.match(flat, /Examples: .* warpline l2fwd --in a\.pcap --out b\.pcap --verify/);
});

test('help of warpline and of bench show commands that are there, and examples', async () => {
  const root = await warpline('--help');
  assert.equal(root.status, 0);
  const [, commands] = /^Commands:\n((?: .*\n)+)\nExamples:/m.exec(root.shell.stdout) ?? [];
  const names = [...(commands ?? '').matchAll(/^ {2}(\S+)/gm)].map(([, name]) => name);
  assert.deepEqual(names, [
    'l2fwd',
    'stats',
    'bench',
    'tune',
    'report',
    'devices',
    'doctor',
    'trace',
  ]);
  const bench = await warpline('bench --help');
  assert.match(bench.shell.stdout, /^Commands:\n {2}cpu /m);
  const cpu = await warpline('bench cpu --help');
  for (const option of ['--rounds N', '--seconds S', '--burst N', '--size BYTES', '--json']) {
    assert.ok(cpu.shell.stdout.includes(`  ${option}`), option);
  }
  assert.match(cpu.shell.stdout, /^Examples:/m);
});

test('the version is the package’s', async () => {
  const { status, shell } = await warpline('--version');
  assert.deepEqual([status, shell.stdout, shell.stderr], [0, `${version}\n`, '']);
});

test('a run without options has the defaults', async () => {
  const { asked } = await warpline('l2fwd --port net_null0');
  assert.deepEqual(asked, { ...L2FWD_DEFAULTS, ports: ['net_null0'] });
});

test('every option reaches the run under its name and in its type', async () => {
  const out = join(folder.path, 'all.pcap');
  const trace = join(folder.path, 'all.pftrace');
  const { asked } = await warpline(
    `l2fwd --in a.pcap --out ${out} --method graph --device cuda:1 --memory gpu --burst 128 ` +
      '--timeout-us 7 --items 1024 --pipelines 1 --packet-time-ns 30 --watchdog-ms 9 --drain-ms 8 --cpus 1-3,7 --blocks 5 --status-in split --packets 1000 ' +
      '--header-split 64 ' +
      '--duration 2.5 --warmup 10 --verify --mbufs 4096 --mbuf-size 9000 --eal-log ' +
      `--trace ${trace} --trace-items 9`,
  );
  assert.deepEqual(asked, {
    ports: [],
    oneWay: false,
    in: 'a.pcap',
    out,
    method: 'graph',
    device: 'cuda:1',
    memory: 'gpu',
    burst: 128,
    timeoutUs: 7,
    items: 1024,
    pipelines: 1,
    packetTimeNs: 30,
    watchdogMs: 9,
    drainMs: 8,
    cpus: [1, 2, 3, 7],
    blocks: 5,
    statusIn: 'split',
    headerSplit: 64,
    packets: 1000,
    duration: 2.5,
    warmup: 10,
    verify: true,
    mbufs: 4096,
    mbufSize: 9000,
    ealLog: true,
    trace,
    traceItems: 9,
  });
  assert.equal(existsSync(out), false, 'trying whether the output can be written left it behind');
});

test('--one-way wants two ports, and says what it lacks', async () => {
  const { asked } = await warpline('l2fwd --port a --port b --one-way');
  assert.equal(asked?.oneWay, true);
  const single = await warpline('l2fwd --port a --one-way');
  assert.equal(single.status, 2);
  assert.match(single.shell.stderr, /^warpline: OPTION_MISSING: a second --port is missing\./);
  const capture = await warpline('l2fwd --in a.pcap --one-way');
  assert.match(capture.shell.stderr, /^warpline: OPTION_CONFLICT: --one-way and --in /);
});

test('of a single option given twice the last counts; ports add up', async () => {
  const { asked } = await warpline('l2fwd --burst 8 --port a --burst=16 --port=b,size=1');
  assert.equal(asked?.burst, 16);
  assert.deepEqual(asked?.ports, ['a', 'b,size=1']);
});

const config = folder.file(
  'port: [net_null0, net_null1]\nburst: 32\nmethod: cpu\nverify: true\njson: true\nduration: .5\n',
  'run.yaml',
);

test('the config file fills in what the command line leaves open', async () => {
  const { asked, shell } = await warpline(`l2fwd --config ${config} --burst 8`);
  assert.deepEqual(asked, {
    ...L2FWD_DEFAULTS,
    ports: ['net_null0', 'net_null1'],
    burst: 8,
    method: 'cpu',
    verify: true,
    duration: 0.5,
  });
  assert.equal(JSON.parse(shell.stdout).app, 'l2fwd');
});

test('the command line takes back what the file switches on', async () => {
  const { asked, shell } = await warpline(`l2fwd --config ${config} --no-verify --no-json`);
  assert.equal(asked?.verify, false);
  assert.match(shell.stdout, /^method /);
});

test('ports on the command line replace the file’s, they do not join them', async () => {
  const { asked } = await warpline(`l2fwd --port net_null7 --config ${config}`);
  assert.deepEqual(asked?.ports, ['net_null7']);
});

test('a capture on the command line replaces the file’s ports, ports its capture', async () => {
  const replay = folder.file('{"in": "a.pcap", "out": "b.pcap", "items": 8}', 'replay.json');
  const first = await warpline(`l2fwd --in c.pcap --config ${config}`);
  assert.deepEqual([first.asked?.in, first.asked?.ports], ['c.pcap', []]);
  const second = await warpline(`l2fwd --port net_null0 --config ${replay}`);
  assert.deepEqual(second.asked, { ...L2FWD_DEFAULTS, ports: ['net_null0'], items: 8 });
});

test('the result is a table, or with --json one JSON object', async () => {
  const plain = await warpline('l2fwd --port a');
  assert.deepEqual([plain.status, plain.shell.stdout], [0, summary(resultLike())]);
  const json = await warpline('l2fwd --port a --json');
  assert.deepEqual([json.status, JSON.parse(json.shell.stdout)], [0, resultLike()]);
  assert.equal(json.shell.stderr, '');
});

test('wrong frames are exit 1, after the result', async () => {
  const { status, shell } = await warpline('l2fwd --port a --verify --json', {
    verify: { checked: 10, wrong: 3 },
  });
  assert.equal(status, 1);
  assert.equal(JSON.parse(shell.stdout).verify.wrong, 3);
  assert.match(shell.stderr, /^warpline: VERIFY_WRONG: 3 of 10 frames .+\.\n$/);
});

test('frames that came back to a traffic port wrong, late or twice are exit 1 too', async () => {
  const traffic = {
    ...{ offered: 10, sent: 10, missed: 0, received: 10, checked: 10, lost: 0, mppsOffered: 1 },
    ...{
      wrong: 0,
      outOfOrder: 0,
      duplicated: 0,
      collections: 0,
      preemptions: 0,
      stalls: 0,
      stalledUs: 0,
    },
  };
  assert.equal((await warpline('l2fwd --port a', { traffic })).status, 0);
  for (const flaw of ['wrong', 'outOfOrder', 'duplicated'] as const) {
    const result = { traffic: { ...traffic, [flaw]: 3 } };
    const { status, shell } = await warpline('l2fwd --port a', result);
    assert.equal(status, 1);
    assert.match(shell.stderr, /^warpline: TRAFFIC_WRONG: of 10 frames [^\n]*\b3 \w+/m);
  }
});

test('a run that failed under way is exit 1, its error after the result', async () => {
  const error = { code: 'LCORE_FAILED', message: 'the lcore rx0 ended. Look.' };
  const { status, shell } = await warpline('l2fwd --port a --json', { error });
  assert.equal(status, 1);
  assert.deepEqual(JSON.parse(shell.stdout).error, error);
  assert.equal(shell.stderr, 'warpline: LCORE_FAILED: the lcore rx0 ended. Look.\n');
});

test('an error of the run has the exit status of its code, and no result', async () => {
  for (const [code, expected] of [
    ['EAL_START', 1],
    ['PORT_ATTACH', 2],
  ] as const) {
    const error = new WarplineError(code, { reason: 'no', devargs: 'a' });
    const { status, shell } = await warpline('l2fwd --port a', () => Promise.reject(error));
    assert.deepEqual([status, shell.stdout, shell.stderr], [expected, '', `${error.line}\n`]);
  }
});

test('what nobody thought of is INTERNAL, exit 1, one line, the stack on demand', async () => {
  const run = () => Promise.reject(new TypeError('x is\nundefined.'));
  const line =
    'warpline: INTERNAL: x is undefined. This is a defect of warpline: ' +
    'run it again with WARPLINE_DEBUG=1 and report what it says.\n';
  const { status, shell } = await warpline('l2fwd --port a', run);
  assert.deepEqual([status, shell.stdout, shell.stderr], [1, '', line]);
  process.env.WARPLINE_DEBUG = '1';
  try {
    const again = await warpline('l2fwd --port a', run);
    assert.ok(again.shell.stderr.startsWith(`${line}TypeError: x is\nundefined.\n    at `));
  } finally {
    delete process.env.WARPLINE_DEBUG;
  }
});

test('statistics come every second until the run ends, unless it is quiet', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const run: RunL2fwd = async (_options, hooks) => {
    let seconds = 0;
    hooks?.onStart?.({ snapshot: () => snapshotLike(++seconds) });
    t.mock.timers.tick(2000);
    hooks?.warn?.('a.pcap is cut off');
    return resultLike();
  };
  const { shell } = await warpline('l2fwd --port a --json', run);
  const lines = liveLine(snapshotLike(1)) + liveLine(snapshotLike(2), snapshotLike(1));
  assert.equal(shell.stderr, `${lines}warpline: warning: a.pcap is cut off\n`);
  t.mock.timers.tick(5000);
  assert.equal(shell.stderr, `${lines}warpline: warning: a.pcap is cut off\n`, 'it went on');
  const quiet = await warpline('l2fwd --port a --quiet', run);
  assert.equal(quiet.shell.stderr, 'warpline: warning: a.pcap is cut off\n');
});

test('a run is stopped through the shell; one that drains is not quit at once', async () => {
  const { shell } = await warpline('l2fwd --port a', async (_options, hooks) => {
    assert.equal(hooks?.stop?.aborted, false);
    return resultLike();
  });
  assert.equal(shell.quits, false);
});

test('bench cpu has its defaults, a table or JSON, and ends at the first Ctrl-C', async () => {
  const rows = [
    { work: 'macswap', burst: 64, mpps: 25.1234, mppsMin: 25, mppsMax: 25.5, ratio: 1.0468 },
    { work: 'forward', burst: 64, mpps: 30, mppsMin: 9, mppsMax: 31.25, ratio: 0.9009 },
  ];
  const machine = { cpu: 'one of them', cpus: 2, dpdk: '22.11' };
  const report = {
    bench: 'cpu',
    version: '0.1.0',
    commit: 'abc1234',
    date: 'today',
    machine,
    rows,
  };
  const asked: BenchCpuOptions[] = [];
  const benchCpu = async (options: BenchCpuOptions, progress: (line: string) => void) => {
    asked.push(options);
    progress('macswap 1/1');
    return report;
  };
  const shell = new TestShell();
  assert.equal(await main(['bench', 'cpu'], shell, { benchCpu }), 0);
  assert.equal(shell.quits, true);
  assert.equal(shell.stderr, 'macswap 1/1\n');
  assert.equal(
    shell.stdout,
    `bench  cpu, warpline 0.1.0 (abc1234), today
cpu    one of them
cpus   2
dpdk   22.11

work     burst                    mpps  ratio
macswap     64  25.123 (25.000-25.500)  1.047
forward     64   30.000 (9.000-31.250)  0.901
`,
  );
  const json = new TestShell();
  const args = 'bench cpu --json --rounds 2 --seconds 0.5 --burst 32 --size 128'.split(' ');
  assert.equal(await main(args, json, { benchCpu }), 0);
  assert.deepEqual(JSON.parse(json.stdout), report);
  assert.deepEqual(asked, [
    { rounds: 5, seconds: 3, burst: 64, frameBytes: 64 },
    { rounds: 2, seconds: 0.5, burst: 32, frameBytes: 128 },
  ]);
});

test('bench methods takes lists, prints rows, floor and what was left out, or JSON', async () => {
  const asked: MethodsBenchOptions[] = [];
  const row = { method: 'launch', memory: 'gpu', burst: 8, mpps: 12.5, mppsMin: 12, mppsMax: 13 };
  const report = {
    bench: 'methods',
    version: '0.1.0',
    commit: 'abc1234',
    date: 'today',
    machine: { device: 'cuda:0' },
    rows: [{ ...row, gbpsMin: 1, gbpsMax: 2, items: 256 }],
    floor: [{ measure: 'launch, issue', us: 3.4, usMin: 3, usMax: 4 }],
    skipped: [{ memory: 'staged', reason: 'there is none.' }],
    interrupted: true,
  } as unknown as MethodsBenchResult;
  const benchMethods = async (options: MethodsBenchOptions) => {
    asked.push(options);
    return report;
  };
  const shell = new TestShell();
  assert.equal(await main(['bench', 'methods'], shell, { benchMethods }), 0);
  assert.equal(shell.quits, false);
  assert.equal(
    shell.stdout,
    `bench   methods, warpline 0.1.0 (abc1234), today
device  cuda:0

method  memory  burst                    mpps
launch  gpu         8  12.500 (12.000-13.000)

The floor:
measure                         us
launch, issue  3.400 (3.000-4.000)

left out: memory staged: there is none.
interrupted: only runs that were over count
`,
  );
  const json = new TestShell();
  const args =
    'bench methods --json --device cuda:1 --methods launch,graph --memory gpu --bursts 8,16,8 ' +
    '--pipelines 2 --repeats 3 --seconds 0.5 --size 64 --verify';
  assert.equal(await main(args.split(' '), json, { benchMethods }), 0);
  assert.deepEqual(JSON.parse(json.stdout), report);
  assert.deepEqual(asked, [
    { verify: false, frameBytes: 1024 },
    {
      device: 'cuda:1',
      methods: ['launch', 'graph'],
      memory: ['gpu'],
      bursts: [8, 16],
      pipelines: [2],
      repeats: 3,
      seconds: 0.5,
      verify: true,
      frameBytes: 64,
    },
  ]);
});

test('bench methods fails with what ended it, or with wrong frames, after its report', async () => {
  const empty = { bench: 'methods', machine: {}, rows: [], floor: [], skipped: [] };
  const ended = async (report: object) => {
    const shell = new TestShell();
    const benchMethods = async () => ({ ...empty, ...report }) as unknown as MethodsBenchResult;
    const status = await main(['bench', 'methods', '--json'], shell, { benchMethods });
    assert.equal(JSON.parse(shell.stdout).bench, 'methods');
    return [status, shell.stderr];
  };
  const error = { code: 'GPU_STUCK', message: 'something does not end.' };
  assert.deepEqual(await ended({ error }), [1, 'warpline: GPU_STUCK: something does not end.\n']);
  const [status, line] = await ended({
    rows: [
      { checked: 5, wrong: 0 },
      { checked: 4, wrong: 1 },
    ],
  });
  assert.equal(status, 1);
  assert.match(String(line), /^warpline: VERIFY_WRONG: .*\b1\b.*\b9\b/);
});
