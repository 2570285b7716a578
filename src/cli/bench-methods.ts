import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { deviceOption, MEMORY_KINDS, METHODS, STATUS_IN } from '../apps/l2fwd/options.js';
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
  MethodsBenchHooks,
  MethodsBenchOptions,
  MethodsBenchResult,
} from '../bench/methods.js';
import { fail } from '../errors.js';
import { benchTable, rowsTable } from './bench-table.js';
import { addExamples, addOptions, givenOptions, makeCommand } from './command.js';
import { checkOutputFile } from './output-file.js';
import { RunFailed } from './run-failed.js';
import type { Shell } from './shell.js';

/** src/bench/methods.ts, or a test's stand-in. */
export type BenchMethods = (
  options: MethodsBenchOptions,
  hooks: MethodsBenchHooks,
) => Promise<MethodsBenchResult>;

const defaults = { size: 1024, verify: false, json: false };

const options: readonly OptionDeclaration[] = [
  deviceOption,
  {
    name: 'methods',
    metavar: 'A,B',
    help: `which of ${METHODS.join(', ')}`,
    type: commas(choice(METHODS)),
    default: 'all but cpu',
  },
  {
    name: 'memory',
    metavar: 'A,B',
    help: `which of ${MEMORY_KINDS.join(', ')}`,
    type: commas(choice(MEMORY_KINDS)),
    default: 'all; on software host',
  },
  {
    name: 'bursts',
    metavar: 'N,N',
    help: 'packets per item, 1-1024 each',
    type: commas(integer(1, 1024)),
    default: '8,16,32,64,128,256; on software 16,64',
  },
  {
    name: 'pipelines',
    metavar: 'N,N',
    help: 'RX/TX queue pairs, 1-64 each',
    type: commas(integer(1, 64)),
    default: '1,2,4; on software 1',
  },
  {
    name: 'repeats',
    metavar: 'N',
    help: 'runs of each point that count, 1-1000',
    type: integer(1, 1000),
    default: '5; on software 3',
  },
  {
    name: 'seconds',
    metavar: 'S',
    help: 'what a run counts, fractions allowed',
    type: seconds(),
    default: '1; on software 0.5',
  },
  {
    name: 'size',
    metavar: 'BYTES',
    help: 'length of a frame, 64-1518',
    type: integer(64, 1518),
    default: defaults.size,
  },
  {
    name: 'items',
    metavar: 'N',
    help: 'items in a comm list, 2-65536',
    type: integer(2, 65_536),
    default: "l2fwd's",
  },
  {
    name: 'mbufs',
    metavar: 'N',
    help: 'mbufs in the mempool',
    type: integer(1, 0xffffffff),
    default: "l2fwd's",
  },
  {
    name: 'blocks',
    metavar: 'N',
    help: 'blocks of the persistent kernel, 1-1024',
    type: integer(1, 1024),
    default: "l2fwd's",
  },
  {
    name: 'status-in',
    metavar: 'PLACE',
    help: `what kernels poll: ${STATUS_IN.join(', ')}`,
    type: choice(STATUS_IN),
    default: "l2fwd's",
  },
  { name: 'verify', help: 'check every frame; rates are then those of checking', type: flag() },
  { name: 'json', help: 'the result as one JSON object on standard output', type: flag() },
  {
    name: 'out',
    metavar: 'FILE',
    help: 'the JSON into a file as well, brought up to date after each round',
    type: text('the name of a file'),
  },
];

type Given = Partial<Omit<MethodsBenchOptions, 'frameBytes'> & typeof defaults & { out: string }>;

/** `warpline bench methods`: the sweep, its rows as a table or JSON, the floor beside them. */
export function methodsCommand(shell: Shell, run: BenchMethods = benchMethods): Command {
  const summary = 'every method over memory kinds, bursts and pipelines, and the floor of the GPU';
  const command = makeCommand('methods', summary, shell);
  addOptions(command, options);
  addExamples(command, [
    ['every point of the first GPU, which takes an hour', 'warpline bench methods --out all.json'],
    [
      'two methods at small bursts',
      'warpline bench methods --methods launch,persistent --bursts 8,16 --memory gpu',
    ],
    [
      'a look without a GPU',
      'warpline bench methods --device software --bursts 64 --repeats 1 --seconds 0.2',
    ],
  ]);
  return command.action(async () => {
    const given = givenOptions(command, options) as Given;
    const { size, json, out, ...asked } = { ...defaults, ...given };
    if (out !== undefined) checkOutputFile(out, undefined);
    const save = (report: MethodsBenchResult) => {
      if (out !== undefined) writeFileSync(out, asJson(report));
    };
    const progress = (line: string) => shell.err(`${line}\n`);
    const report = await run({ ...asked, frameBytes: size }, { stop: shell.stop, progress, save });
    save(report);
    shell.out(json ? asJson(report) : methodsTable(report));
    if (report.error !== undefined) throw new RunFailed(report.error);
    const total = (field: 'checked' | 'wrong') =>
      report.rows.reduce((sum, row) => sum + (row[field] ?? 0), 0);
    const [checked, wrong] = [total('checked'), total('wrong')];
    if (wrong > 0) fail('VERIFY_WRONG', { checked, wrong });
  });
}

function asJson(report: MethodsBenchResult): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}

/** The rows, less what a terminal has no room for, the floor, and what was left out. */
function methodsTable(report: MethodsBenchResult): string {
  const rows = report.rows.map(({ gbpsMin, gbpsMax, items, ...row }) => row);
  const left = report.skipped.map(({ reason, ...point }) => {
    const where = Object.entries(point).map(([name, value]) => `${name} ${value}`);
    return `left out: ${where.join(', ')}: ${reason}\n`;
  });
  const end = report.interrupted ? 'interrupted: only runs that were over count\n' : '';
  const floor = report.floor.length > 0 ? `\nThe floor:\n${rowsTable(report.floor)}` : '';
  return [benchTable({ ...report, rows }), floor, left.length > 0 ? '\n' : '', ...left, end].join(
    '',
  );
}

/** Loaded when it runs: it needs DPDK. */
const benchMethods: BenchMethods = async (asked, hooks) => {
  const bench = await import('../bench/methods.js');
  return bench.benchMethods(asked, hooks);
};
