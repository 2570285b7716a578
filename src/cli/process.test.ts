import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import type { L2fwdResult } from '../apps/l2fwd/result.js';
import { WarplineError } from '../errors.js';
import { Folder } from '../testing/capture-folder.js';
import { CHECKOUT, run, WARPLINE, warpline } from '../testing/command-line.js';

const folder = new Folder();
const ENDLESS = ['l2fwd', '--port', 'net_null0', '--device', 'software', '--json'];

function start(args: string[], stdout: 'pipe' | number = 'pipe'): ChildProcess {
  const options = { cwd: CHECKOUT, stdio: ['ignore', stdout, 'pipe'] as const, timeout: 60_000 };
  return spawn(process.execPath, [WARPLINE, ...args], { ...options, stdio: [...options.stdio] });
}

async function ended(child: ChildProcess) {
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const said = child.stdout === null ? '' : text(child.stdout);
  const [status, stdout, stderr] = await Promise.all([exit, said, text(child.stderr!)]);
  return { status, stdout, stderr };
}

/** Resolves when the first second of live statistics is there: the run is well under way. */
async function running(child: ChildProcess): Promise<void> {
  await new Promise((resolve) => child.stderr?.once('data', resolve).once('end', resolve));
}

function balanced({ rx, tx, dropped, mempool }: L2fwdResult): void {
  const lost = Object.values(dropped).reduce((sum, n) => sum + n, 0);
  assert.equal(rx.packets, tx.packets + lost);
  assert.equal(mempool.available, mempool.size);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`${signal} drains a run: exit 0, and the result is complete`, async () => {
    const child = start(ENDLESS);
    await running(child);
    child.kill(signal);
    const { status, stdout } = await ended(child);
    assert.equal(status, 0);
    const result = JSON.parse(stdout) as L2fwdResult;
    assert.ok(result.rx.packets > 0);
    balanced(result);
  });
}

test('SIGINT before a run has begun ends it as well: exit 0, nothing forwarded', async () => {
  const early = join(folder.path, 'interrupted.cjs');
  // Sent by the process to itself, as the first thing after bin/warpline has its handlers.
  writeFileSync(
    early,
    `process.on('newListener', (event) => {
       if (event === 'SIGTERM') setImmediate(() => process.kill(process.pid, 'SIGINT'));
     });`,
  );
  const { status, stdout, stderr } = await run(process.execPath, [
    '--require',
    early,
    WARPLINE,
    ...ENDLESS,
  ]);
  assert.equal(stderr, '');
  assert.equal(status, 0);
  const result = JSON.parse(stdout) as L2fwdResult;
  assert.equal(result.rx.packets, 0);
  balanced(result);
});

test('a second signal ends the process at once with exit 130 and no result', async () => {
  const child = start(ENDLESS);
  await running(child);
  // Two of one kind might be pending at the same time, and would be delivered as one.
  child.kill('SIGINT');
  child.kill('SIGTERM');
  const { status, stdout } = await ended(child);
  assert.deepEqual([status, stdout], [130, '']);
});

test('a reader that has seen enough is no error', async () => {
  const args = [`"${process.execPath}" "${WARPLINE}" l2fwd --help | head -n 1`];
  const script = `set -o pipefail; ${args}`;
  const { status, stdout, stderr } = await run('bash', ['-c', script]);
  assert.match(stdout, /^Usage: warpline l2fwd .*\n$/);
  assert.deepEqual([status, stderr], [0, '']);
});

test('statistics nobody reads any more do not end a run', async () => {
  const child = start([...ENDLESS, '--duration', '2.5']);
  await running(child);
  child.stderr?.destroy();
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const result = JSON.parse(await text(child.stdout!)) as L2fwdResult;
  assert.equal(await exit, 0);
  balanced(result);
});

test('a full disk is OUTPUT_LOST, exit 1', async () => {
  const { status, stderr } = await ended(start(['--help'], openSync('/dev/full', 'w')));
  const reason = 'no space left on device';
  assert.equal(stderr, `${new WarplineError('OUTPUT_LOST', { reason }).line}\n`);
  assert.equal(status, 1);
});

test('a checkout that is not built says so in one line, exit 1', async () => {
  const bin = join(folder.path, 'bin');
  mkdirSync(bin);
  for (const name of ['warpline', 'package.json']) {
    copyFileSync(join(CHECKOUT, 'bin', name), join(bin, name));
  }
  chmodSync(join(bin, 'warpline'), 0o755);
  const { status, stdout, stderr } = await run(process.execPath, [join(bin, 'warpline')]);
  const file = join(folder.path, 'dist/cli/main.js');
  const expected = new WarplineError('NOT_BUILT', { file, checkout: folder.path });
  assert.deepEqual([status, stdout, stderr], [1, '', `${expected.line}\n`]);
});

test('a Node that is too old is told so in one line, exit 1', async () => {
  const old = folder.file(
    `const node = '18.20.4';
     Object.defineProperty(process, 'versions', { value: { ...process.versions, node } });`,
    'old.cjs',
  );
  const ended = await run(process.execPath, ['--require', old, WARPLINE, '--version']);
  const { line } = new WarplineError('NODE_TOO_OLD', { version: '18.20.4' });
  assert.deepEqual(ended, { status: 1, stdout: '', stderr: `${line}\n` });
});

test('bin/warpline is found through a link, as npm makes one', async () => {
  const { status, stdout } = await run('bash', [
    '-c',
    `ln -s "${WARPLINE}" "${folder.path}/linked" && "${folder.path}/linked" --version`,
  ]);
  assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
  assert.equal(status, 0);
});

test('help, version and option errors need no addon', async () => {
  const without = folder.file(
    `const { Module } = require('node:module');
     Module._extensions['.node'] = () => { throw new Error('an addon was loaded'); };`,
    'no-addon.cjs',
  );
  for (const args of [['--help'], ['--version'], ['l2fwd', '--help'], ['l2fwd', '--burst', '0']]) {
    const { stderr } = await run(process.execPath, ['--require', without, WARPLINE, ...args]);
    assert.doesNotMatch(stderr, /addon/, args.join(' '));
  }
  const forward = await run(process.execPath, ['--require', without, WARPLINE, ...ENDLESS]);
  assert.match(forward.stderr, /NATIVE_MISSING.*an addon was loaded/);
});

test('with --json there is one JSON object on standard output and nothing else', async () => {
  const args = ['--in', 'data/sample.pcap', '--device', 'software', '--verify', '--json'];
  const { status, stdout, stderr } = await warpline(['l2fwd', ...args, '--eal-log']);
  assert.equal(status, 0);
  balanced(JSON.parse(stdout) as L2fwdResult);
  assert.match(stderr, /EAL: /);
});
