import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { METHODS } from '../apps/l2fwd/options.js';
import { frameOf, PcapWriter } from '../testing/capture-files.js';
import { Folder } from '../testing/capture-folder.js';
import { assertBalanced } from '../testing/forwarding.js';
import { L2fwdProcess, type Traces } from '../testing/l2fwd-process.js';
import { random } from '../testing/random.js';
import { assertContract } from '../testing/result-contract.js';

// Ctrl-C once stops a run: it receives no more, what is in flight goes out, everything is counted
// and given back. That holds at any moment, from the first after the program has begun. Ctrl-C
// twice ends the process where it stands.

// Other moments every time; WARPLINE_SEED=… brings back those of an earlier run.
const seed = process.env.WARPLINE_SEED ?? String(Date.now());
const MOMENTS = 50;

const source = ['--port', 'net_null0,size=64'];
const folder = new Folder();

/** A capture of a hundred frames, with a name that devargs cannot carry. */
const writer = new PcapWriter();
for (let i = 0; i < 100; i++) writer.record(frameOf(64, i));
const hundred = folder.file(writer.bytes(), 'a,hundred.pcap');

/** Of each method one moment as early as can be, one when packets are surely on their way. */
const draw = random(seed);
const moments = Array.from({ length: MOMENTS }, (_, i) => ({
  method: METHODS[i % METHODS.length],
  memory: ['host', 'gpu', 'staged'][i % 3],
  underWay: i >= MOMENTS - METHODS.length,
  // Half of them in the first quarter: that is where things are set up.
  ms: i < METHODS.length ? 0 : Math.floor(draw() ** 2 * 1500),
}));

/** Runs l2fwd and signals it `ms` after it has begun, or after its first statistics. */
async function interrupted(
  args: string[],
  { ms, underWay = false }: { ms: number; underWay?: boolean },
  ...signals: NodeJS.Signals[]
): Promise<Traces> {
  const l2fwd = new L2fwdProcess(args);
  await (underWay ? l2fwd.heard() : l2fwd.begun);
  if (ms > 0) await sleep(ms);
  for (const signal of signals) l2fwd.kill(signal);
  return l2fwd.ended();
}

function assertNothingLeft({ leftovers, survivors }: Traces): void {
  assert.deepEqual(leftovers, [], 'files left in the temporary folder');
  assert.equal(survivors, false, 'a process lives on');
}

function assertDrained(ended: Traces): void {
  const { status, stderr, result } = ended;
  assert.equal(status, 0, stderr);
  assert.doesNotMatch(stderr, /warpline/);
  assertContract(result);
  assertBalanced(result);
  assert.equal(result.error, undefined);
  const { device_lost, aborted, kernel_error } = result.dropped;
  assert.deepEqual([device_lost, aborted, kernel_error], [0, 0, 0]);
  assert.equal(result.tx.bytes, 64 * result.tx.packets);
  assertNothingLeft(ended);
}

describe(`SIGINT at ${MOMENTS} moments (WARPLINE_SEED=${seed})`, { concurrency: 3 }, () => {
  for (const method of METHODS) {
    it(`drains ${method}`, async (t) => {
      const mine = moments.filter((moment) => moment.method === method);
      for (const { memory, ...moment } of mine) {
        const args = [...source, '--method', method, '--memory', memory];
        const ended = await interrupted(args, moment, 'SIGINT');
        t.diagnostic(`${moment.underWay ? '1 s and ' : ''}${moment.ms} ms: exit ${ended.status}`);
        assertDrained(ended);
        if (moment.underWay) assert.ok(ended.result.tx.packets > 0);
      }
    });
  }
});

describe('SIGTERM', { concurrency: 2 }, () => {
  for (const [i, method] of METHODS.entries())
    it(`drains ${method} as well`, async () => {
      const args = [...source, '--method', method];
      assertDrained(await interrupted(args, { ms: 100 * i }, 'SIGTERM'));
    });
});

describe('SIGINT', () => {
  it('drains two ports and two pipelines each', async () => {
    const both = [...source, '--port', 'net_null1,size=64', '--pipelines', '2'];
    for (const method of ['cpu', 'persistent', 'graph'])
      assertDrained(await interrupted([...both, '--method', method], { ms: 800 }, 'SIGINT'));
  });

  it('ends the replay of a capture before all its frames went out', async () => {
    const output = join(folder.path, 'c,d.pcap');
    const slow = ['--method', 'cpu', '--burst', '2', '--packet-time-ns', '10000000'];
    const l2fwd = new L2fwdProcess(['--in', hundred, '--out', output, ...slow]);
    await l2fwd.begun;
    while (!existsSync(output)) await sleep(5);
    l2fwd.kill('SIGINT');
    const ended = await l2fwd.ended();
    assert.equal(ended.status, 0, ended.stderr);
    assertBalanced(ended.result);
    assert.ok(ended.result.tx.packets < 100, 'all of them were quicker');
    assert.equal(ended.result.input?.frames, 100);
    assertNothingLeft(ended);
  });
});

it('the same signal again within a moment is the first one, as timeout(1) sends it', async () => {
  const l2fwd = new L2fwdProcess([...source, '--method', 'persistent']);
  await l2fwd.heard();
  l2fwd.kill('SIGINT');
  await sleep(5);
  l2fwd.kill('SIGINT');
  assertDrained(await l2fwd.ended());
});

describe('a second signal ends the process at once, exit 130, no result', {
  concurrency: 2,
}, () => {
  // A second for each packet, or for each item on a GPU, where 256 of them wait their turn.
  const slow = ['--burst', '60', '--packet-time-ns', '1000000000', '--timeout-us', '0'];
  for (const method of METHODS.filter((name) => name !== 'io'))
    it(`while ${method} drains`, async () => {
      const l2fwd = new L2fwdProcess([...source, '--method', method, ...slow]);
      await l2fwd.heard();
      l2fwd.kill('SIGINT');
      // `serial` has one item in flight, and may be about to finish it. Two signals of one kind at
      // the same time would be delivered as one.
      if (method !== 'serial') await sleep(200);
      l2fwd.kill(method === 'serial' ? 'SIGTERM' : 'SIGINT');
      const ended = await l2fwd.ended();
      assert.deepEqual([ended.status, ended.stdout], [130, '']);
      assertNothingLeft(ended);
    });

  it('while it sets things up', async () => {
    for (const ms of [0, 30, 90]) {
      const ended = await interrupted(source, { ms }, 'SIGINT', 'SIGTERM');
      assert.deepEqual([ended.status, ended.stdout], [130, '']);
      assertNothingLeft(ended);
    }
  });

  it('with links to its capture in the temporary folder', async () => {
    const l2fwd = new L2fwdProcess(['--in', hundred, '--method', 'cpu', ...slow]);
    await l2fwd.heard();
    l2fwd.kill('SIGINT');
    l2fwd.kill('SIGTERM');
    const ended = await l2fwd.ended();
    assert.deepEqual([ended.status, ended.stdout], [130, '']);
    assertNothingLeft(ended);
  });
});
