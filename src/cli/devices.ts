import type { Command } from 'commander';
import type { DevicesReport } from '../doctor/devices.js';
import { addExamples, addOptions, makeCommand } from './command.js';
import { devicesText } from './devices-text.js';
import { LOOKING, looks } from './looking.js';
import type { Shell } from './shell.js';

/** src/doctor/devices.ts, or a test's stand-in. */
export type Devices = (root: string) => Promise<DevicesReport>;

/** `warpline devices`: ports and GPUs, and the options that ask for them. */
export function devicesCommand(shell: Shell, look: Devices = devices): Command {
  const summary = 'the ports and GPUs here, with their options';
  const command = makeCommand('devices', summary, shell);
  addOptions(command, LOOKING);
  addExamples(command, [
    ['what is here', 'warpline devices'],
    [
      'the ports that work, for a script',
      `warpline devices --json | jq -r '.ports[] | select(.verdict=="works").option'`,
    ],
  ]);
  return looks(command, shell, look, devicesText);
}

/** Loaded when it runs; it loads no addon itself. */
const devices: Devices = async (root) => {
  const { devicesOf } = await import('../doctor/devices.js');
  const { Machine } = await import('../doctor/machine.js');
  return devicesOf(await Machine.look(root));
};
