import type { Command } from 'commander';
import { type OptionDeclaration, text } from '../apps/option.js';
import { givenOptions } from './command.js';
import { jsonOption, jsonText } from './json-output.js';
import { machineRoot } from './machine-root.js';
import type { Shell } from './shell.js';

/** What `doctor` and `devices` take. */
export const LOOKING: readonly OptionDeclaration[] = [
  jsonOption,
  {
    name: 'root',
    metavar: 'DIR',
    help:
      'for tests: look at a recording, a folder that holds /sys, /proc and what else is read, and ' +
      'answers.json with what its libraries said; nothing of this machine is asked then',
    type: text('a folder'),
    default: '/',
  },
];

/** Makes a command with the LOOKING options look at the machine and print what it found. */
export function looks<Report extends object>(
  command: Command,
  shell: Shell,
  look: (root: string) => Promise<Report>,
  words: (report: Report) => string,
): Command {
  return command.action(async () => {
    shell.quitAtOnce();
    const { json = false, root } = givenOptions(command, LOOKING) as {
      json?: boolean;
      root?: string;
    };
    const report = await look(machineRoot(root));
    shell.out(json ? jsonText(report) : words(report));
  });
}
