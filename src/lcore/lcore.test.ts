import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Eal } from '../dpdk/eal.js';
import { Mempool } from '../dpdk/mempool.js';
import { WarplineError } from '../errors.js';
import { native } from '../memory/native.js';
import { program } from '../testing/lcore-programs.js';
import { MbufArray } from '../testing/mbuf-array.js';
import { Lcore, type LcoreSpec } from './lcore.js';

Eal.start();

/** Debian's DPDK has 128 lcore ids (RTE_MAX_LCORE). */
const MORE_THAN_LCORE_IDS = 300;

interface Thread {
  name: string;
  cpus?: string;
}

/** The threads of this process, as the kernel has them (proc(5)). */
function threads(): Thread[] {
  return readdirSync('/proc/self/task').flatMap((id) => {
    try {
      const name = readFileSync(`/proc/self/task/${id}/comm`, 'utf8').trimEnd();
      return [{ name, cpus: cpusOf(`/proc/self/task/${id}/status`) }];
    } catch {
      return []; // it has just ended
    }
  });
}

function cpusOf(status: string): string | undefined {
  return /^Cpus_allowed_list:\s*(.*)$/m.exec(readFileSync(status, 'utf8'))?.[1];
}

describe('lcore', () => {
  const words = new Int32Array(new SharedArrayBuffer(16));
  beforeEach(() => void words.fill(0));
  afterEach(() => release()); // a failed test must not leave lcores that stay
  after(() => Eal.stop());

  const start = (name: string, data: unknown = words, rest: Partial<LcoreSpec> = {}) =>
    new Lcore({ name: `test-${name}`, program: program(name), data, ...rest });
  /** Waits until word 0, which the programs count in, holds a value. */
  const until = async (value: number, of = words) => {
    const deadline = Date.now() + 30_000;
    for (; Atomics.load(of, 0) !== value; await sleep(1))
      assert.ok(Date.now() < deadline, `${of[0]} lcores came, not ${value}`);
  };
  const release = () => {
    Atomics.store(words, 1, 1);
    Atomics.notify(words, 1);
  };
  /** Starts an lcore that fails, and gives the error it ended with. */
  const failure = async (name: string, data?: unknown, rest?: Partial<LcoreSpec>) => {
    const error = await start(name, data, rest).ended;
    assert.ok(error instanceof WarplineError, `${name} ended well`);
    assert.match(error.line, /^warpline: [A-Z_]+: [^\n]+\.$/);
    assert.doesNotMatch(error.line, /\{\w+\}|undefined/);
    return error;
  };

  it('runs its program in a thread of its own and ends well when that returns', async () => {
    assert.equal(await start('nothing').ended, undefined);
    assert.equal(await start('later').ended, undefined);
    assert.equal(words[0], 1);
    assert.ok(!threads().some(({ name }) => name.startsWith('test-')));
  });

  it('has its name where top and perf look, cut at 15 characters', async () => {
    const names = ['wl-rx0', 'wl-a-name-too-long-for-a-thread', 'wl-é'];
    const lcores = names.map((name) => start('stay', words, { name }));
    await until(3);
    const seen = threads().map(({ name }) => name);
    for (const name of ['wl-rx0', 'wl-a-name-too-l', 'wl-é']) assert.ok(seen.includes(name), name);
    release();
    for (const lcore of lcores) assert.equal(await lcore.ended, undefined);
  });

  it('runs on the CPU it is pinned to, and where the process may when it is not', async () => {
    const cpus = native.lcoreCpus();
    const own = cpusOf('/proc/self/status');
    const pinned = cpus.map((cpu) => start('stay', words, { name: `pin${cpu}`, cpu }));
    const free = start('stay', words, { name: 'free' });
    await until(cpus.length + 1);
    const now = new Map(threads().map(({ name, cpus: list }) => [name, list]));
    for (const cpu of cpus) assert.equal(now.get(`pin${cpu}`), String(cpu));
    assert.equal(now.get('free'), own);
    // Pinning is the lcore's affair: this thread's CPUs are what they were.
    assert.deepEqual(native.lcoreCpus(), cpus);
    release();
    for (const lcore of [...pinned, free]) assert.equal(await lcore.ended, undefined);
  });

  it('is an lcore to DPDK: it has a mempool cache of its own', async () => {
    const pool = Mempool.create({ name: 'cache', mbufs: 900, frameBytes: 64 });
    const array = new MbufArray(901);
    const data = { pool: pool.handle, array: array.at(900), words };
    const lcore = start('useMempool', data);
    await until(1);
    // It keeps what its cache took from the pool for one mbuf: nobody else gets that.
    assert.equal(pool.available, 900);
    assert.ok(!array.allocate(pool, 900));
    release();
    assert.equal(await lcore.ended, undefined);
    pool.free();
    array.release();
  });

  it('LCORE_FAILED: a CPU there is not', async () => {
    for (const cpu of [1000, 5000]) {
      const { code, message } = await failure('nothing', words, { cpu });
      assert.equal(code, 'LCORE_FAILED');
      assert.match(message, /the lcore test-nothing ended with an error: pthread_setaffinity_np/);
    }
  });

  it('an error of the catalogue keeps its code, its details and its place', async () => {
    const error = await failure('throwCoded');
    assert.deepEqual([error.code, error.exit], ['PORT_ATTACH', 2]);
    assert.deepEqual(error.details, { devargs: 'net_null0', reason: 'the test\nsays so' });
    assert.match(error.line, /cannot open the port net_null0: the test says so\. Check/);
    assert.match(error.stack ?? '', /throwCoded/);
  });

  it('LCORE_FAILED: any other, with the lcore’s name and what it said', async () => {
    const cases: [name: string, data: unknown, says: RegExp][] = [
      [
        'throwError',
        undefined,
        /the lcore test-throwError ended with an error: the ring is empty\./,
      ],
      ['reject', undefined, /ended with an error: it was refused\./],
      ['throwValue', 'a word', /ended with an error: a word\./],
      ['throwValue', null, /ended with an error: null\./],
      ['throwValue', 0, /ended with an error: 0\./],
      ['throwLater', new Error('too late'), /ended with an error: too late\./],
      ['throwLater', null, /ended with an error: null\./],
      ['noSuchExport', undefined, /is not a function/],
      ['notFunction', undefined, /is not a function/],
    ];
    const errors = await Promise.all(cases.map(([name, data]) => failure(name, data)));
    for (const [i, [, , says]] of cases.entries()) {
      assert.deepEqual([errors[i].code, errors[i].exit], ['LCORE_FAILED', 1]);
      assert.match(errors[i].message, says);
    }
    assert.match(errors[0].stack ?? '', /throwError/);
  });

  it('LCORE_FAILED: a program that cannot be imported', async () => {
    const nowhere = { module: 'file:///nowhere/program.js', export: 'run' };
    const { code, message } = await failure('nowhere', words, { program: nowhere });
    assert.equal(code, 'LCORE_FAILED');
    assert.match(message, /nowhere\/program\.js/);
  });

  it('LCORE_FAILED: a program that leaves instead of returning', async () => {
    for (const status of [0, 3]) {
      const { code, message } = await failure('exit', status);
      assert.equal(code, 'LCORE_FAILED');
      assert.match(message, new RegExp(`exited with status ${status} instead of returning`));
    }
  });

  it('can be killed wherever it is: in a loop without end, asleep, or ended already', async () => {
    const loop = start('endless');
    await until(1);
    await loop.kill();
    assert.equal(await loop.ended, undefined);
    const asleep = start('stay');
    await until(2);
    await asleep.kill();
    assert.equal(await asleep.ended, undefined);
    const done = start('nothing');
    await done.ended;
    await done.kill();
    assert.ok(!threads().some(({ name }) => name.startsWith('test-')));
  });

  it('gives its DPDK lcore id back however it ends: more of them than there are ids', async () => {
    // Without an id an lcore fails (rte_thread_register), so every one must end in its own way.
    const ways: (() => Promise<unknown>)[] = [
      async () => assert.equal(await start('nothing').ended, undefined),
      async () => assert.match((await failure('throwError')).message, /the ring is empty/),
      async () => assert.match((await failure('exit', 1)).message, /exited with status 1/),
      async () => {
        const own = new Int32Array(new SharedArrayBuffer(8));
        const lcore = start('endless', own);
        await until(1, own);
        await lcore.kill();
      },
    ];
    let started = 0;
    const player = async () => {
      while (started < MORE_THAN_LCORE_IDS) await ways[started++ % ways.length]();
    };
    await Promise.all(Array.from({ length: 4 }, player));
  });
});
