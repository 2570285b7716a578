import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { L2fwdOptions } from '../apps/l2fwd/options.js';
import type { L2fwdResult } from '../apps/l2fwd/result.js';
import { WarplineError } from '../errors.js';
import { resultLike } from '../testing/l2fwd-result.js';
import { peak, type Verdict } from './objective.js';
import { reasons } from './reasons.js';
import { type TuneOptions, type TuneResult, tune } from './tune.js';

const base: TuneOptions = {
  device: 'software',
  memory: 'host',
  packetTimeNs: 0,
  seconds: 60,
  methods: ['launch', 'cpu'],
  bursts: [32, 64],
  pipelines: [1],
};

/** tune over a stand-in for runL2fwd that answers at once, on a clock of its own. */
async function tuned(
  answer: (options: Partial<L2fwdOptions>, runs: number) => Partial<L2fwdResult>,
  options: Partial<TuneOptions> = {},
) {
  const asked: Partial<L2fwdOptions>[] = [];
  const lines: string[] = [];
  const stop = new AbortController();
  const saved: number[] = [];
  let time = 0;
  const report: TuneResult = await tune(
    { ...base, ...options },
    {
      stop: stop.signal,
      progress: (line) => lines.push(line),
      save: ({ rows }) => saved.push(rows.length),
      command: 'warpline tune',
    },
    {
      now: () => time,
      async run(given) {
        asked.push(given);
        time += (given.duration ?? 0) + 0.2;
        const result = { ...resultLike(), ...answer(given, asked.length) };
        if (result.mpps === -1) stop.abort();
        return result;
      },
    },
  );
  return { report, asked, lines, time, saved };
}

/** A latency of so many microseconds. */
function latency(p99: number): Pick<L2fwdResult, 'latencyUs'> {
  return { latencyUs: { p50: p99 / 2, p90: p99, p99, p999: p99, max: p99 } };
}

const best = ({ method, burst, items, lcores }: Partial<L2fwdOptions>) =>
  (method === 'launch' ? 6 + (lcores ?? 0) : 5) - (burst === 64 ? 0 : 1) - (items === 256 ? 0 : 1);

test('the report has the choice, why, its checks, and a command line to paste', async () => {
  const { report, asked, lines, time, saved } = await tuned((given) => ({ mpps: best(given) }));
  // What the search found is safe before the check begins.
  assert.deepEqual(saved, [report.rows.length]);
  const { choice, checks, rows, bench, command, aim, unmeasured } = report;
  assert.deepEqual([bench, command, aim, unmeasured], ['tune', 'warpline tune', 'most Mpps', 0]);
  assert.ok(choice);
  const { method, burst, items, lcores, mpps, checked, meets } = choice;
  assert.deepEqual([method, burst, items, lcores, mpps], ['launch', 64, 256, 2, 8]);
  assert.deepEqual([checked, meets], [true, undefined]);
  assert.equal(
    choice.l2fwd,
    'warpline l2fwd --port net_null0,size=1024 --method launch --device software --memory host ' +
      '--burst 64 --timeout-us 50 --items 256 --pipelines 1 --lcores 2',
  );
  assert.deepEqual(choice.why.slice(0, 2), [
    'most Mpps: 8 Mpps, p99 234.5 µs on 2 lcores',
    'launch: the best of another method, cpu burst 64 pipelines 1, has 5 Mpps, p99 234.5 µs',
  ]);
  assert.equal(choice.why[2], 'lcoresPerPath 2: 1 has 7 Mpps, p99 234.5 µs');
  assert.match(choice.why[3], /^burst 64: (32|128) has 7 Mpps/);
  assert.deepEqual(checks.length, 1);
  const [first, ...others] = checks[0].rows;
  assert.deepEqual(
    [checks[0].holds, first.method, first.repeats, first.gain],
    [true, 'launch', 5, 1],
  );
  for (const { gain } of others) assert.ok((gain as number) < 1);
  assert.equal(rows[0].mpps, 8);
  assert.ok(asked.every(({ device, packetTimeNs }) => device === 'software' && packetTimeNs === 0));
  assert.ok(asked.slice(-20).every(({ warmup }) => (warmup as number) > 0));
  assert.ok(lines.every((line) => /; \d+:\d\d left$/.test(line)));
  assert.ok(time <= 60);
});

test('of a runner-up that is ahead the reasons say why it is not the choice', () => {
  const verdict = (items: number, burst: number, mpps: number): Verdict => ({
    candidate: {
      ...{ method: 'persistent', memory: 'host', burst, items },
      ...{ timeoutUs: 50, blocks: 4, pipelines: 1, lcoresPerPath: 1 },
    },
    lcores: 1,
    measured: { mpps, p50Us: 5, p99Us: 9 },
    meets: true,
  });
  const [choice, ahead, behind] = [verdict(64, 32, 8), verdict(128, 32, 8.2), verdict(64, 16, 7)];
  assert.deepEqual(reasons(choice, [ahead, choice, behind], peak), [
    'most Mpps: 8 Mpps, p99 9 µs on 1 lcore',
    'burst 32: 16 has 7 Mpps, p99 9 µs',
    'items 64: 128 has 8.2 Mpps, p99 9 µs: 2.5 % better, and up to 5 % the choice stands',
  ]);
});

test('a target is offered by a traffic port, and reached with the fewest lcores', async () => {
  const { report, asked } = await tuned((given) => ({ mpps: Math.min(4, best(given)) }), {
    targetMpps: 4,
    packetTimeNs: 100,
    kernel: 'own kernel.cu:f',
  });
  assert.ok(asked.every(({ ports }) => ports?.[0] === 'traffic0,size=1024,check=0,mpps=4'));
  const { choice } = report;
  assert.deepEqual([choice?.method, choice?.lcores, choice?.meets], ['cpu', 1, true]);
  assert.equal(
    choice?.l2fwd,
    'warpline l2fwd --port traffic0,size=1024,check=0,mpps=4 --method cpu --device software ' +
      "--memory host --burst 64 --pipelines 1 --kernel 'own kernel.cu:f' --packet-time-ns 100",
  );
});

test('a bound is kept at the load that the command line offers', async () => {
  const { report, asked } = await tuned(
    ({ method, ports }) => {
      const [, offered] = /mpps=([\d.]+)/.exec(ports?.[0] ?? '') ?? [];
      const mpps = Math.min(method === 'launch' ? 8 : 5, Number(offered ?? 100));
      return { mpps, ...latency(mpps < (method === 'launch' ? 6 : 4) ? 20 : 90) };
    },
    { p99Us: 30, ports: ['traffic0,size=64,mpps=3'] },
  );
  const { choice } = report;
  assert.ok(choice);
  assert.deepEqual([choice.method, choice.meets, choice.checked], ['launch', true, true]);
  assert.ok((choice.offeredMpps as number) > 5.7 && (choice.offeredMpps as number) < 6);
  assert.match(choice.l2fwd, / --port traffic0,size=64,mpps=5\.\d+ /);
  // No item may wait for company for most of what there is.
  assert.equal(asked[0].timeoutUs, 10);
});

test('what does not run here is left out with its reason; nothing at all is an error', async () => {
  const conflict = {
    options: '--kernel and --method cpu',
    reason: 'that kernel is for a GPU alone',
  };
  const refuse = (): never => {
    throw new WarplineError('OPTION_CONFLICT', conflict);
  };
  const { report } = await tuned((given) => (given.method === 'cpu' ? refuse() : { mpps: 3 }));
  assert.equal(report.choice?.method, 'launch');
  assert.ok(report.rows.every(({ method }) => method === 'launch'));
  assert.match(report.skipped[0].reason, /that kernel is for a GPU alone/);
  await assert.rejects(tuned(refuse), { code: 'OPTION_CONFLICT' });
});

test('Ctrl-C keeps what was over; a run that fails ends it with its error', async () => {
  const cut = await tuned((_, run) => ({ mpps: run === 3 ? -1 : 2 }));
  assert.deepEqual([cut.report.interrupted, cut.report.rows.length], [true, 2]);
  assert.deepEqual([cut.report.choice?.checked, cut.report.checks], [false, []]);
  const error = { code: 'GPU_LAUNCH_FAILED', message: 'lost.' };
  const lost = await tuned((_, run) => ({ mpps: 2, ...(run === 4 && { error }) }));
  assert.deepEqual([lost.report.error, lost.report.rows.length], [error, 3]);
});

test('a run that counted nothing is slow, not quick', async () => {
  const { report } = await tuned(({ burst, method }) =>
    burst === 64 && method === 'cpu'
      ? { mpps: 0, ...latency(0), tx: { packets: 40_000, bytes: 0 } }
      : { mpps: 2 },
  );
  const slow = report.rows.find(({ burst, method }) => burst === 64 && method === 'cpu');
  assert.ok(slow && slow.mpps > 0 && slow.mpps < 1);
  assert.ok(slow.latencyP99Us >= 1e5);
});
