import type { Command } from 'commander';
import { z } from 'zod';
import {
  deviceOption,
  L2FWD_DEFAULTS,
  l2fwdOptions,
  METHODS,
  memoryOption,
} from '../apps/l2fwd/options.js';
import { choice, commas, type OptionDeclaration } from '../apps/option.js';
import type { SweepHooks } from '../bench/sweep.js';
import { fail } from '../errors.js';
import { isTraffic } from '../traffic/spec.js';
import type { CheckRow } from '../tune/rows.js';
import type { TuneOptions, TuneResult } from '../tune/tune.js';
import { benchTable, rowsTable } from './bench-table.js';
import type { Shell } from './shell.js';
import { sweepCommand } from './sweep-command.js';
import { preset, sweepOptions } from './sweep-options.js';

/** src/tune/tune.ts, or a test's stand-in. */
export type Tune = (options: TuneOptions, hooks: SweepHooks<TuneResult>) => Promise<TuneResult>;

type Given = Omit<TuneOptions, 'ports'> & { port: string | string[] };

const WORKING = METHODS.filter((name) => name !== 'io');
const LEAST_SECONDS = 2;
const SECONDS = 60;

function positive(most: number): z.ZodType<number> {
  const reason = `it must be a number above 0, at most ${most}`;
  return z.number(reason).gt(0, reason).max(most, reason);
}

function l2fwdOption(name: string): OptionDeclaration {
  return l2fwdOptions.find((option) => option.name === name) as OptionDeclaration;
}

const options: readonly OptionDeclaration[] = [
  {
    ...l2fwdOption('port'),
    help: 'as l2fwd takes it; a traffic port for --p99-us',
    default: 'net_null0,size=1024; with an aim traffic0,size=1024,check=0',
  },
  l2fwdOption('kernel'),
  l2fwdOption('kernel-threads'),
  l2fwdOption('packet-time-ns'),
  deviceOption,
  memoryOption,
  {
    name: 'target-mpps',
    metavar: 'X',
    help: 'the rate to reach with the fewest lcores, then the lowest p99',
    type: positive(1e6),
  },
  {
    name: 'p99-us',
    metavar: 'X',
    help: 'the most packets a second of which 99 % take no longer, in microseconds',
    type: positive(1e9),
  },
  {
    ...sweepOptions.methods,
    help: `which of ${WORKING.join(', ')}`,
    type: commas(choice(WORKING)),
    default: 'all',
  },
  preset(
    { ...sweepOptions.bursts, help: 'packets per item to begin with, 1-1024 each' },
    '16,64,256',
  ),
  preset(sweepOptions.pipelines, '1,2,4,8 where there are CPUs enough'),
  {
    name: 'seconds',
    metavar: 'S',
    help: `how long it may take in all, ${LEAST_SECONDS} at the least`,
    type: positive(31_536_000).refine(
      (value) => value >= LEAST_SECONDS,
      `it must be ${LEAST_SECONDS} at the least`,
    ),
    default: SECONDS,
  },
];

/** `warpline tune`: which options of l2fwd suit a kernel, a port, and a rate or a latency. */
export function tuneCommand(shell: Shell, run: Tune = tune): Command {
  return sweepCommand<Given, TuneOptions, TuneResult>(shell, {
    name: 'tune',
    summary: 'the options that suit a kernel and an aim, measured',
    options,
    examples: [
      ['the most packets a second, MAC swap', 'warpline tune'],
      ['the same for a kernel of your own', 'warpline tune --kernel mine.cu:touch --seconds 120'],
      [
        '5 Mpps with a microsecond of work each, on as few lcores as possible',
        'warpline tune --packet-time-ns 1000 --target-mpps 5',
      ],
      [
        'as many as stay within 50 µs, packets in GPU memory',
        'warpline tune --memory gpu --p99-us 50 --seconds 180',
      ],
    ],
    asked,
    run,
    table: tuneTable,
  });
}

function asked({ port, ...given }: Partial<Given>): TuneOptions {
  const ports = port === undefined ? undefined : [port].flat();
  const conflict = (names: string, reason: string) =>
    fail('OPTION_CONFLICT', { options: names, reason });
  if (given.targetMpps !== undefined && given.p99Us !== undefined)
    conflict('--target-mpps and --p99-us', 'there is one aim');
  if (ports !== undefined) {
    if (ports.length > 2)
      conflict(`${ports.length} times --port`, 'l2fwd joins one port to itself, or two');
    if (ports.length > 1 && ports.some(isTraffic))
      conflict('a traffic port and another --port', 'what it sends must come back to it');
    if (given.p99Us !== undefined && !ports.every(isTraffic))
      conflict('--p99-us and a --port without a pace', 'a latency is of a load: take traffic0');
  }
  return {
    memory: L2FWD_DEFAULTS.memory,
    packetTimeNs: 0,
    seconds: SECONDS,
    ...given,
    ...(ports !== undefined && { ports }),
  };
}

/** Rows of the search that are shown: the others are in the JSON. */
const SHOWN = 10;

function tuneTable(report: TuneResult): string {
  const { choice, checks, aim, rows, skipped, unmeasured } = report;
  const parts = [benchTable({ ...report, rows: [] }).trimEnd()];
  parts.push(`The best of ${rows.length} option sets measured, for ${aim}:`);
  parts.push(rowsTable(rows.slice(0, SHOWN)).trimEnd());
  for (const [i, { holds, rows: finalists }] of checks.entries()) {
    const verdict = holds
      ? 'none is better than the first by more than 5 %'
      : 'the first does not stand';
    parts.push(`Check ${i + 1}, in turn: ${verdict}`, rowsTable(finalists.map(brief)).trimEnd());
  }
  const notes = skipped.map(({ reason, ...where }) => {
    return `left out: ${Object.values(where).join(' ')}: ${reason}`;
  });
  if (unmeasured > 0)
    notes.push(`${unmeasured} option sets of the grid had no time: --seconds gives more`);
  if (rows.some(({ crowded }) => crowded))
    notes.push('crowded: threads outnumbered the CPUs; the choice may be another elsewhere');
  if (checks.at(-1)?.rows.some(({ spread }) => spread !== undefined))
    notes.push('runs of the last check differ by more than 10 %: a quieter machine tells more');
  if (report.interrupted) notes.push('interrupted: only runs that were over count');
  if (notes.length > 0) parts.push(notes.join('\n'));
  if (choice !== undefined) {
    if (!choice.checked) parts.push('The check did not come to its end: --seconds gives more');
    parts.push(choice.why.map((reason) => `- ${reason}`).join('\n'), choice.l2fwd);
  }
  return `${parts.join('\n\n')}\n`;
}

/** Without what is as in the table above. */
function brief({ lcores, memory, crowded, latencyP50Us, spread, ...row }: CheckRow): object {
  return row;
}

/** Loaded when it runs: it needs DPDK. */
const tune: Tune = async (given, hooks) => {
  const app = await import('../tune/tune.js');
  return app.tune(given, hooks);
};
