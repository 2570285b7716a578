import type { L2fwdResult } from '../apps/l2fwd/result.js';
import { main } from '../cli/main.js';
import { type Ended, TestShell, warpline } from './command-line.js';

/** How a run of l2fwd ended; it has a result unless it was refused. */
export interface L2fwdEnded extends Ended {
  result: L2fwdResult;
}

const COMMON = ['--device', 'software', '--json'];

/** `bin/warpline l2fwd` on the software device, in a process of its own. */
export async function l2fwd(args: string[]): Promise<L2fwdEnded> {
  return parsed(await warpline(['l2fwd', ...COMMON, ...args]));
}

/** The same command line in this process: quicker, and EAL serves many runs in turn. */
export async function l2fwdHere(args: string[], shell = new TestShell()): Promise<L2fwdEnded> {
  const status = await main(['l2fwd', ...COMMON, ...args], shell);
  return parsed({ status, stdout: shell.stdout, stderr: shell.stderr });
}

/** Reads the result when it is asked for: who expects none does not get it. */
export function parsed(ended: Ended): L2fwdEnded {
  return Object.defineProperty(ended as L2fwdEnded, 'result', {
    get() {
      if (ended.stdout === '') throw new Error(`exit ${ended.status}, no result: ${ended.stderr}`);
      return JSON.parse(ended.stdout) as L2fwdResult;
    },
  });
}
