import type { Command } from 'commander';
import { cpuList, type OptionDeclaration, seconds } from '../apps/option.js';
import { benchTable } from './bench-table.js';
import { addExamples, addOptions, commandLine, givenOptions, makeCommand } from './command.js';
import { jsonOption, jsonText } from './json-output.js';
import type { Shell } from './shell.js';

const SECONDS = 10;

const options: readonly OptionDeclaration[] = [
  {
    name: 'cpus',
    metavar: 'LIST',
    help: 'CPUs to watch, as "0-3,8"',
    type: cpuList(),
    default: 'all that this process may use',
  },
  {
    name: 'seconds',
    metavar: 'S',
    help: 'how long, fractions allowed',
    type: seconds(),
    default: SECONDS,
  },
  jsonOption,
];

/** `warpline bench stalls`: how long CPUs are away from a thread that never waits. */
export function stallsCommand(shell: Shell): Command {
  const summary =
    'how long each CPU is away from a thread that never waits: what a ring must bridge';
  const command = makeCommand('stalls', summary, shell);
  addOptions(command, options);
  addExamples(command, [
    ['every CPU, for ten seconds', 'warpline bench stalls'],
    [
      'those that lcores are to have, for a minute',
      'warpline bench stalls --cpus 2-5 --seconds 60',
    ],
  ]);
  return command.action(async () => {
    const given = givenOptions(command, options) as {
      cpus?: number[];
      seconds?: number;
      json?: boolean;
    };
    const { benchStalls } = await import('../bench/stalls.js'); // it needs DPDK
    const { cpus, seconds = SECONDS } = given;
    const hooks = { stop: shell.stop, command: commandLine(command) };
    const report = await benchStalls({ cpus, seconds }, hooks);
    shell.out(given.json ? jsonText(report) : benchTable(report));
  });
}
