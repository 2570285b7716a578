import type { Command } from 'commander';
import type { DoctorReport } from '../doctor/report.js';
import { addExamples, addOptions, makeCommand } from './command.js';
import { doctorText } from './doctor-text.js';
import { LOOKING, looks } from './looking.js';
import type { Shell } from './shell.js';

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
  return looks(command, shell, look, doctorText);
}

/** Loaded when it runs; it loads no addon itself. */
const doctor: Doctor = async (root) => {
  const { doctor } = await import('../doctor/report.js');
  return doctor(root);
};
