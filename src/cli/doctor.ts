import type { Command } from 'commander';
import { flag, type OptionDeclaration, text } from '../apps/option.js';
import type { DoctorReport } from '../doctor/report.js';
import { addExamples, addOptions, givenOptions, makeCommand } from './command.js';
import { doctorText } from './doctor-text.js';
import { machineRoot } from './machine-root.js';
import type { Shell } from './shell.js';

/** What `doctor` and `devices` take. */
export const LOOKING: readonly OptionDeclaration[] = [
  { name: 'json', help: 'the result as one JSON object on standard output', type: flag() },
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

/** src/doctor/report.ts, or a test's stand-in. */
export type Doctor = (root: string) => Promise<DoctorReport>;

/** `warpline doctor`: what this machine has and lacks, and how to mend it. */
export function doctorCommand(shell: Shell, look: Doctor = doctor): Command {
  const summary = 'what this machine has and lacks, and how to mend it';
  const command = makeCommand('doctor', summary, shell);
  addOptions(command, LOOKING);
  command.addHelpText(
    'after',
    '\nIt changes nothing. The exit status is 0 whenever it could look, whatever it found.',
  );
  addExamples(command, [
    ['this machine', 'sudo warpline doctor'],
    [
      'what is lacking, for a script',
      `warpline doctor --json | jq '.checks[] | select(.status=="lacks")'`,
    ],
    ['a machine that was recorded', 'warpline doctor --root recordings/server'],
  ]);
  return command.action(async () => {
    shell.quitAtOnce();
    const { json = false, root } = givenOptions(command, LOOKING) as {
      json?: boolean;
      root?: string;
    };
    const report = await look(machineRoot(root));
    shell.out(json ? `${JSON.stringify(report, null, 2)}\n` : doctorText(report));
  });
}

/** Loaded when it runs; it loads no addon itself. */
const doctor: Doctor = async (root) => {
  const { doctor } = await import('../doctor/report.js');
  return doctor(root);
};
