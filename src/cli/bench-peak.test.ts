import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Command } from 'commander';
import type { SweepHooks } from '../bench/sweep.js';
import { Folder } from '../testing/capture-folder.js';
import { TestShell } from '../testing/command-line.js';
import { figure13Command } from './bench-figure13.js';
import { figure14Command } from './bench-figure14.js';
import { scalingCommand } from './bench-scaling.js';
import { workCommand } from './bench-work.js';
import { makeCommand } from './command.js';
import type { Shell } from './shell.js';

const folder = new Folder();
const head = { version: '0.1.0', commit: 'abc1234', date: 'today', machine: { device: 'cuda:0' } };

/** Rates as a row has them, all runs alike. */
function rate(mpps: number, gbps = mpps * 8) {
  return { mpps, mppsMin: mpps, mppsMax: mpps, gbps, gbpsMin: gbps, gbpsMax: gbps, items: 256 };
}

/** Runs `warpline bench` with such a command, whose bench is a stand-in that reports this. */
async function bench<Options, Report>(
  make: (
    shell: Shell,
    run: (options: Options, hooks: SweepHooks<Report>) => Promise<Report>,
  ) => Command,
  args: string,
  report: object,
) {
  const shell = new TestShell();
  const asked: Options[] = [];
  const commands: (string | undefined)[] = [];
  const command = make(shell, async (options, hooks) => {
    asked.push(options);
    commands.push(hooks.command);
    hooks.progress?.('one point');
    return { ...head, skipped: [], ...report } as Report;
  });
  const program = makeCommand('warpline', '', shell).addCommand(
    makeCommand('bench', '', shell).addCommand(command),
  );
  await program.parseAsync(['bench', ...args.split(' ')], { from: 'user' });
  return { shell, asked: asked[0], command: commands[0] };
}

test('figure13 compares the two memories over sizes, and keeps its command line', async () => {
  const rows = [
    { method: 'io', memory: 'host', frameBytes: 64, burst: 64, pipelines: 1, ...rate(36) },
    { method: 'io', memory: 'gpu', frameBytes: 64, burst: 64, pipelines: 1, ...rate(30, 15.5) },
    { method: 'io', memory: 'host', frameBytes: 9000, burst: 64, pipelines: 1, ...rate(35) },
  ];
  const args = 'figure13 --device cuda:0 --sizes 64,9000,64 --memory host,gpu --repeats 2';
  const { shell, asked, command } = await bench(figure13Command, args, { bench: 'figure13', rows });
  assert.deepEqual(asked, {
    device: 'cuda:0',
    sizes: [64, 9000],
    memory: ['host', 'gpu'],
    repeats: 2,
    verify: false,
  });
  assert.equal(command, `warpline bench ${args}`);
  assert.equal(shell.stderr, 'one point\n');
  assert.equal(
    shell.stdout,
    `bench   figure13, warpline 0.1.0 (abc1234), today
device  cuda:0

method  memory  frameBytes  burst  pipelines        mpps     gbps
io      host            64     64          1  36 (36-36)  288.000
io      gpu             64     64          1  30 (30-30)   15.500
io      host          9000     64          1  35 (35-35)  280.000

Mpps by frameBytes:
method  memory      64    9000
io      host    36.000  35.000
io      gpu     30.000       -
`,
  );
});

test('figure14 compares methods over packets per item, with the line rates below', async () => {
  const place = { memory: 'gpu', frameBytes: 1024, pipelines: 1 };
  const rows = [
    { method: 'launch', ...place, burst: 8, ...rate(2.5) },
    { method: 'launch', ...place, burst: 64, ...rate(9.25) },
    { method: 'graph', ...place, burst: 8, ...rate(0.00123456, 0.01), crowded: true },
  ];
  const lines = [{ name: '100 GbE', gbps: 97.71 }];
  const report = { bench: 'figure14', rows, lines, skipped: [{ memory: 'gpu', reason: 'no.' }] };
  const { shell, asked } = await bench(figure14Command, 'figure14 --size 512 --verify', report);
  assert.deepEqual(asked, { frameBytes: 512, verify: true });
  assert.equal(
    shell.stdout.slice(shell.stdout.indexOf('\nGbit/s')),
    `
Gbit/s of frame bytes by burst:
method        8      64
launch   20.000  74.000
graph     0.010       -
100 GbE  97.710  97.710

left out: memory gpu: no.
crowded: threads outnumbered the CPUs; such rates say little
`,
  );
  assert.match(shell.stdout, / 0\.00123 \(0\.00123-0\.00123\) .* true$/m);
});

test('scaling compares pipelines; what varies beside them stands at the left', async () => {
  const at = (burst: number, pipelines: number, mpps: number) => {
    return { method: 'graph', memory: 'gpu', frameBytes: 64, burst, pipelines, ...rate(mpps) };
  };
  const rows = [at(32, 1, 3), at(32, 2, 5.5), at(64, 1, 4), at(64, 2, 7)];
  const report = { bench: 'scaling', rows, interrupted: true };
  const { shell, asked } = await bench(scalingCommand, 'scaling --pipelines 1,2', report);
  assert.deepEqual(asked, { frameBytes: 1024, pipelines: [1, 2], verify: false });
  assert.equal(
    shell.stdout.slice(shell.stdout.indexOf('\nMpps')),
    `
Mpps by pipelines:
method  burst      1      2
graph   32     3.000  5.500
graph   64     4.000  7.000

interrupted: only runs that were over count
`,
  );
});

test('work says where one method overtakes another, and in what they differ', async () => {
  const place = { memory: 'gpu', frameBytes: 1024, burst: 64, pipelines: 1 };
  const rows = [{ method: 'launch', ...place, packetTimeNs: 100, ...rate(2) }];
  const one = { of: 'cpu', by: 'launch', packetTimeNs: 31.6227, ...place };
  const work = (crossovers: object[]) =>
    bench(workCommand, 'work --work 0,100', { bench: 'work', rows, crossovers });
  const { shell, asked } = await work([one]);
  assert.deepEqual(asked, { frameBytes: 1024, work: [0, 100], verify: false });
  assert.match(shell.stdout, /\n\nfrom 31\.6 ns a packet on, launch overtakes cpu\n$/);
  const two = await work([one, { ...one, burst: 32, packetTimeNs: 1234 }]);
  assert.match(
    two.shell.stdout,
    /cpu, burst 64\nfrom 1230 ns a packet on, launch overtakes cpu, burst 32\n$/,
  );
  const none = await work([]);
  assert.match(none.shell.stdout, /\n\nno method overtakes another by more than the spread/);
});

test('their JSON goes to standard output, to a file, or both', async () => {
  const file = join(folder.path, 'scaling.json');
  const report = { bench: 'scaling', rows: [] };
  const { shell } = await bench(scalingCommand, `scaling --json --out ${file}`, report);
  const expected = { ...head, skipped: [], ...report };
  assert.deepEqual(JSON.parse(shell.stdout), expected);
  assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), expected);
});

test('they fail with what ended them, or with wrong frames, after their report', async () => {
  const error = { code: 'GPU_STUCK', message: 'something does not end.' };
  await assert.rejects(bench(scalingCommand, 'scaling', { bench: 'scaling', rows: [], error }), {
    line: 'warpline: GPU_STUCK: something does not end.',
  });
  const rows = [{ checked: 5, wrong: 1 }];
  await assert.rejects(bench(scalingCommand, 'scaling', { bench: 'scaling', rows }), {
    code: 'VERIFY_WRONG',
  });
});

test('their help names every option and default', async () => {
  const commands = [figure13Command, figure14Command, scalingCommand, workCommand];
  for (const make of commands) {
    const help = make(new TestShell()).helpInformation().replace(/\s+/g, ' ');
    for (const option of ['--device', '--memory', '--bursts', '--repeats', '--json', '--out FILE'])
      assert.ok(help.includes(` ${option} `), option);
  }
  const help = workCommand(new TestShell()).helpInformation().replace(/\s+/g, ' ');
  assert.ok(help.includes('(default: 0,10,100,1000,10000,100000; on software 0,1000,10000)'));
});
