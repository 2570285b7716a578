import type { Command } from 'commander';
import { deviceOption, L2FWD_DEFAULTS, METHODS, memoryOption } from '../apps/l2fwd/options.js';
import {
  choice,
  commas,
  flag,
  integer,
  type OptionDeclaration,
  seconds,
  text,
} from '../apps/option.js';
import type {
  BackToBackHooks,
  BackToBackOptions,
  BackToBackResult,
} from '../bench/back-to-back.js';
import type { Link } from '../bench/generator.js';
import { fail } from '../errors.js';
import { benchTable } from './bench-table.js';
import { addExamples, addOptions, commandLine, givenOptions, makeCommand } from './command.js';
import { byReason } from './figures.js';
import { jsonOption, jsonText } from './json-output.js';
import { RunFailed } from './run-failed.js';
import type { Shell } from './shell.js';

/** src/bench/back-to-back.ts, or a test's stand-in. */
export type BenchBackToBack = (
  options: BackToBackOptions,
  hooks: BackToBackHooks,
) => Promise<BackToBackResult>;

/** Loading the bench would load DPDK: the names once more. */
const LINKS = ['memif', 'vhost'] as const satisfies Link[];

/** What the command line gives, with its own names. */
interface Given extends Omit<BackToBackOptions, 'methods' | 'sizes'> {
  method: (BackToBackOptions['methods'][number] | 'all')[];
  size: number[];
  json: boolean;
}

const defaults: Given = {
  port: 'memif',
  method: ['persistent'],
  size: [64],
  queues: [1],
  memory: L2FWD_DEFAULTS.memory,
  burst: 64,
  seconds: 5,
  rounds: 1,
  verify: false,
  macswap: false,
  zeroCopy: false,
  oneWay: false,
  json: false,
};

const options: readonly OptionDeclaration[] = [
  {
    name: 'port',
    metavar: 'KIND',
    help: `what joins the two: ${LINKS.join(', ')} (vhost here, virtio-user there)`,
    type: choice(LINKS),
    default: defaults.port,
  },
  {
    name: 'method',
    metavar: 'A,B',
    help: `which of ${METHODS.join(', ')}, or all`,
    type: commas(choice([...METHODS, 'all'])),
    default: defaults.method.join(),
  },
  {
    name: 'size',
    metavar: 'N,N',
    help: 'lengths of frames in bytes, 60-9216 each; over vhost 1514 at most',
    type: commas(integer(60, 9216)),
    default: defaults.size.join(),
  },
  {
    name: 'queues',
    metavar: 'N,N',
    help: 'queues of the port, each with a pipeline, 1-64 each',
    type: commas(integer(1, 64)),
    default: defaults.queues.join(),
  },
  deviceOption,
  memoryOption,
  {
    name: 'burst',
    metavar: 'N',
    // MAX_PKT_BURST of testpmd, which has the same.
    help: 'packets per burst of testpmd and per item of l2fwd, 1-512',
    type: integer(1, 512),
    default: defaults.burst,
  },
  {
    name: 'seconds',
    metavar: 'S',
    help: 'what a round counts after a second of warm-up, fractions allowed',
    type: seconds(),
    default: defaults.seconds,
  },
  {
    name: 'rounds',
    metavar: 'N',
    help: 'rounds of each, 1-1000',
    type: integer(1, 1000),
    default: defaults.rounds,
  },
  {
    name: 'macswap',
    help: "testpmd macswap in l2fwd's place as well, in turn with it, and the ratio",
    type: flag(),
  },
  { name: 'verify', help: 'check every frame; rates are then those of checking', type: flag() },
  {
    name: 'zero-copy',
    help: 'testpmd lends its mbufs over memif, only l2fwd copies; wants huge pages',
    type: flag(),
  },
  {
    name: 'one-way',
    help: 'nothing goes back: l2fwd hands what the GPU is done with to a net_null port, as a probe would',
    type: flag(),
  },
  {
    name: 'testpmd',
    metavar: 'PATH',
    help: 'the dpdk-testpmd to run',
    type: text('a path'),
    default: 'WARPLINE_TESTPMD, else the one on the PATH',
  },
  jsonOption,
];

/** `warpline bench back-to-back`: what testpmd sent, what l2fwd forwarded, what testpmd got back. */
export function backToBackCommand(shell: Shell, run: BenchBackToBack = benchBackToBack): Command {
  const summary = 'l2fwd between the two ends of a dpdk-testpmd, over memif or vhost';
  const command = makeCommand('back-to-back', summary, shell);
  addOptions(command, options);
  addExamples(command, [
    [
      'every method, two lengths of frames, twenty seconds each',
      'warpline bench back-to-back --method all --size 64,1024 --seconds 20',
    ],
    [
      'the cpu method beside testpmd macswap in its place',
      'warpline bench back-to-back --method cpu --macswap --rounds 5',
    ],
    [
      'two queues over vhost, every frame checked',
      'warpline bench back-to-back --port vhost --queues 2 --verify',
    ],
  ]);
  return command.action(async () => {
    const given: Given = { ...defaults, ...givenOptions(command, options) };
    const { method, size, json, ...asked } = given;
    const methods = method.flatMap((one) => (one === 'all' ? METHODS : [one]));
    refuseLongOverVhost(asked.port, size);
    refuseTogether(asked);
    const progress = (line: string) => shell.err(`${line}\n`);
    const report = await run(
      { ...asked, methods: [...new Set(methods)], sizes: size },
      { stop: shell.stop, progress, command: commandLine(command) },
    );
    shell.out(json ? jsonText(report) : tableOf(report));
    if (report.error !== undefined) throw new RunFailed(report.error);
    const total = (field: 'checked' | 'wrong') =>
      report.rows.reduce((sum, row) => sum + (row[field] ?? 0), 0);
    const [checked, wrong] = [total('checked'), total('wrong')];
    if (wrong > 0) fail('VERIFY_WRONG', { checked, wrong });
  });
}

/** virtio-user takes no frame longer than its MTU of 1500 and a header. */
function refuseLongOverVhost(port: Link, sizes: number[]): void {
  const value = sizes.find((bytes) => bytes > 1514);
  if (port !== 'vhost' || value === undefined) return;
  const reason = 'over vhost a frame has 1514 bytes at most';
  fail('OPTION_VALUE', { option: '--size', value, reason, command: 'bench back-to-back' });
}

/** What has no meaning together. */
function refuseTogether(asked: Pick<Given, 'port' | 'zeroCopy' | 'oneWay' | 'macswap'>): void {
  const { port, zeroCopy, oneWay, macswap } = asked;
  const conflict = (options: string, reason: string) =>
    fail('OPTION_CONFLICT', { options, reason });
  if (zeroCopy && port !== 'memif')
    conflict('--zero-copy and --port vhost', 'it is memif that lends mbufs');
  if (oneWay && macswap)
    conflict('--one-way and --macswap', 'testpmd macswap sends back what it receives');
}

/** The rows, less what is the same in all of them. */
function tableOf(report: BackToBackResult): string {
  const rows = report.rows.map(({ perQueue, perSecond, stages, dropped, crowded, ...row }) => {
    const { device, ...shown } = row;
    const idle = idleOf(stages);
    return { ...shown, dropped: byReason(dropped), idle, crowded: crowded ? 'yes' : 'no' };
  });
  const flat = rows.map(({ port, burst, balanced, ...row }) => ({
    ...row,
    balanced: balanced ? 'yes' : 'NO',
  }));
  const end = report.interrupted ? 'interrupted: what was counted until then\n' : '';
  const [first] = report.rows;
  const where = first && { ...report.machine, device: first.device, port: first.port };
  return benchTable({ ...report, machine: where ?? report.machine, rows: flat }) + end;
}

/** `rx0 2 %, tx0 41 %`: the lcore without time left is the one that bounds the rate. */
function idleOf(stages: BackToBackResult['rows'][number]['stages']): string {
  const lcores = stages.filter(({ idle }) => idle !== undefined);
  return lcores.map(({ stage, idle = 0 }) => `${stage} ${Math.round(100 * idle)} %`).join(', ');
}

/** Loaded when it runs: it needs DPDK. */
const benchBackToBack: BenchBackToBack = async (asked, hooks) => {
  const bench = await import('../bench/back-to-back.js');
  return bench.benchBackToBack(asked, hooks);
};
