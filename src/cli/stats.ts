import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { flag, integer, judgeText, type OptionDeclaration, seconds } from '../apps/option.js';
import { fail } from '../errors.js';
import type { StatsRun } from '../stats/client.js';
import { addExamples, addOptions, givenOptions, makeCommand } from './command.js';
import { DrawnTable } from './drawn-table.js';
import type { Shell } from './shell.js';
import { statsLine, statsTable } from './stats-view.js';

/** src/stats/client.ts, or a test's stand-in. */
export type FindRun = (pid?: number) => Promise<StatsRun>;

const defaults = { interval: 1, json: false };

const options: readonly OptionDeclaration[] = [
  {
    name: 'interval',
    metavar: 'S',
    help: 'seconds from one look to the next, fractions allowed',
    type: seconds(),
    default: defaults.interval,
  },
  {
    name: 'count',
    metavar: 'N',
    help: 'how often to look',
    type: integer(1),
    default: 'until the run ends, or Ctrl-C',
  },
  { name: 'json', help: 'one JSON object a line for each look', type: flag() },
];

const pidType = { type: integer(1, 2 ** 22) };

/** `warpline stats [PID]`: what the stages of a running l2fwd do, seen from another process. */
export function statsCommand(shell: Shell, find: FindRun = findRun): Command {
  const command = makeCommand('stats', 'what each stage of a running l2fwd is doing', shell);
  command.argument('[PID]', 'its process; needed only where several run');
  addOptions(command, options);
  addExamples(command, [
    ['the run on this machine, until it ends', 'warpline stats'],
    ['one of several, ten times, every 5 seconds', 'warpline stats 4711 --interval 5 --count 10'],
    [
      'how full the bursts of each stage are, for a script',
      "warpline stats --count 1 --json | jq '.stages[] | {stage, packetsPerCall, idle}'",
    ],
  ]);
  return command.action(async (pid?: string) => {
    const given = givenOptions(command, options) as Partial<typeof defaults & { count: number }>;
    const run = await find(pid === undefined ? undefined : processId(pid));
    await watch(run, { ...defaults, count: Infinity, ...given }, shell);
  });
}

function processId(text: string): number {
  const verdict = judgeText(pidType, text);
  if ('value' in verdict) return verdict.value as number;
  const { reason } = verdict;
  return fail('OPTION_VALUE', { option: 'PID', value: text, reason, command: 'stats' });
}

async function watch(
  run: StatsRun,
  { interval, count, json }: typeof defaults & { count: number },
  shell: Shell,
): Promise<void> {
  const table = new DrawnTable((text) => shell.out(text));
  const start = performance.now();
  let before = await run.ask();
  for (let looks = 1; looks <= count && before !== undefined; looks++) {
    if (!(await reached(start + looks * interval * 1000, shell.stop))) return;
    const now = await run.ask();
    if (now !== undefined) {
      const { outColumns } = shell;
      if (json) shell.out(`${JSON.stringify(statsLine(now, before, new Date()))}\n`);
      else if (outColumns === undefined) shell.out(`${statsTable(now, before)}\n`);
      else table.draw(statsTable(now, before), outColumns);
    }
    before = now;
  }
  if (before === undefined) shell.err(`warpline: the run of process ${run.pid} has ended\n`);
}

/** False when Ctrl-C came first. */
async function reached(time: number, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(Math.max(0, time - performance.now()), undefined, { signal });
    return true;
  } catch {
    return false;
  }
}

const findRun: FindRun = async (pid) => {
  const client = await import('../stats/client.js');
  return client.findRun(pid);
};
