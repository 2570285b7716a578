import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { native } from '../memory/native.js';
import { type Ended, run } from '../testing/command-line.js';
import { Eal, lastWords } from './eal.js';

test('starts once in a process: whoever starts it again finds it running', () => {
  assert.equal(Eal.running, false);
  const cpus = native.lcoreCpus();
  Eal.start();
  assert.equal(Eal.running, true);
  // It pins this thread, and so those made later, to one CPU: that was undone.
  assert.deepEqual(native.lcoreCpus(), cpus);
  Eal.start({ args: ['--no-such-option'] });
  assert.equal(Eal.running, true);
});

test('knows its version, as pkg-config does', () => {
  assert.match(Eal.version, /^DPDK \d+\.\d+\.\d+/);
  const installed = execFileSync('pkg-config', ['--modversion', 'libdpdk'], { encoding: 'utf8' });
  assert.ok(Eal.version.includes(installed.trim()));
});

test('the time-stamp counter runs forward, at the rate it tells', () => {
  // Whatever interrupts us meanwhile, the counter's time lies between the inner and the outer one.
  const outer = performance.now();
  const from = native.tsc();
  const inner = performance.now();
  while (performance.now() < inner + 50);
  const least = (performance.now() - inner) / 1000;
  const seconds = (native.tsc() - from) / Eal.tscHz;
  const most = (performance.now() - outer) / 1000;
  // EAL measures the rate where the CPU does not tell.
  assert.ok(seconds > least * 0.8 && seconds < most * 1.2, `${least} ${seconds} ${most}`);
});

/** Runs a program with a temporary folder of its own; tells what it left there, too. */
async function program(lines: string): Promise<Ended & { left: string[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'warpline-test-'));
  const at = (module: string) => JSON.stringify(new URL(module, import.meta.url).href);
  const code = `
    process.env.TMPDIR = ${JSON.stringify(folder)};
    const { Eal } = await import(${at('./eal.js')});
    const { native } = await import(${at('../memory/native.js')});
    const attempt = (options) => {
      try { Eal.start(options); console.log('started'); }
      catch (error) { console.error(error.line, error.exit); }
    };
    ${lines}`;
  const ended = await run(process.execPath, ['--input-type=module', '-e', code]);
  const left = readdirSync(folder);
  rmSync(folder, { recursive: true });
  return { ...ended, left };
}

test('says nothing on the way and leaves nothing behind', async () => {
  const { status, stdout, stderr, left } = await program('Eal.start();');
  assert.deepEqual(
    { status, stdout, stderr, left },
    { status: 0, stdout: '', stderr: '', left: [] },
  );
});

test('its log goes to standard error on request', async () => {
  const { stdout, stderr } = await program('Eal.start({ log: true });');
  assert.equal(stdout, '');
  assert.match(stderr, /^EAL: Detected CPU lcores/m);
});

test('programs with it live side by side', async () => {
  const both = await Promise.all(
    [0, 1].map(() => program('attempt(); await new Promise((later) => setTimeout(later, 300));')),
  );
  for (const { status, stdout } of both) assert.deepEqual([status, stdout], [0, 'started\n']);
});

test('EAL_START: what it cannot start with, in one line that says why', async () => {
  const cases: [options: string, why: RegExp][] = [
    ["{ args: ['--force-max-simd-bitwidth=3'] }", /Invalid bitwidth value/],
    ["{ args: ['--vdev', 'net_nothing0'] }", /failed to parse device "net_nothing0"/],
    ['{ memoryMb: 99999999 }', /Cannot allocate memory .*memseg/],
  ];
  await Promise.all(
    cases.map(async ([options, why]) => {
      const { stdout, stderr } = await program(`attempt(${options});`);
      const line = stderr.split('\n').find((one) => one.startsWith('warpline: ')) ?? stderr;
      assert.match(line, /^warpline: EAL_START: DPDK does not start: .* 1$/);
      assert.match(line, why);
      assert.doesNotMatch(stdout, /started/);
    }),
  );
});

test('a start that failed leaves nothing behind, however often it is tried again', async () => {
  const { status, left } = await program(`
    for (let i = 0; i < 3; i++) attempt({ args: ['--no-such-option'] });
    if (Eal.running) throw new Error('it runs');`);
  assert.deepEqual([status, left], [0, []]);
});

test('EAL_START: once stopped it does not start again in that process', async () => {
  const { status, stdout, stderr, left } = await program(`
    attempt();
    Eal.stop();
    Eal.stop();
    console.log(Eal.running);
    attempt();`);
  assert.deepEqual([status, stdout, left], [0, 'started\nfalse\n', []]);
  assert.match(stderr, /^warpline: EAL_START: .*already called initialization.* 1$/m);
});

test('last words: the first line that says why, else the last one, else the error itself', (t) => {
  const words = (log: string) => {
    t.mock.method(native, 'logTake', () => log, { times: 1 });
    return lastWords(new Error('rte_dev_probe: No such device'));
  };
  assert.equal(words(''), 'rte_dev_probe: No such device');
  assert.equal(words(' \n\n'), 'rte_dev_probe: No such device');
  const why = 'PMD: no file a.pcap. ';
  assert.equal(
    words(`EAL: Detected CPU lcores: 2\n${why}\nEAL: Failed to attach device on primary process\n`),
    'rte_dev_probe: No such device (PMD: no file a.pcap)',
  );
  assert.equal(
    words('vdev_probe(): failed to initialize net_x device\nEAL: Failed to attach device\n'),
    'rte_dev_probe: No such device (EAL: Failed to attach device)',
  );
  assert.equal(
    words('memif: Failed to register mp action callback\nmemif: Failed to setup socket x\n'),
    'rte_dev_probe: No such device (memif: Failed to setup socket x)',
  );
});
