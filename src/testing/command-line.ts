import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Shell } from '../cli/shell.js';

export const CHECKOUT = fileURLToPath(new URL('../../', import.meta.url));
export const WARPLINE = `${CHECKOUT}bin/warpline`;

/** How a process ended, and what it said. `status` is null when a signal ended it. */
export interface Ended {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** Runs bin/warpline in a process of its own; one that hangs is killed, and has status null. */
export function warpline(args: string[], cwd: string = CHECKOUT): Promise<Ended> {
  return run(process.execPath, [WARPLINE, ...args], cwd);
}

export function run(file: string, args: string[], cwd: string = CHECKOUT): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { cwd, timeout: 60_000, killSignal: 'SIGKILL' as const };
    const child = execFile(file, args, options, (_error, stdout, stderr) => {
      resolve({ status: child.exitCode, stdout, stderr });
    });
    child.stdin?.end();
  });
}

/** A shell for commands run inside the test's own process, which keeps what they print. */
export class TestShell implements Shell {
  stdout = '';
  stderr = '';
  quits = false;
  columns: number | undefined;
  outColumns: number | undefined;
  private readonly controller = new AbortController();
  readonly stop: AbortSignal = this.controller.signal;

  readonly out = (text: string): void => {
    this.stdout += text;
  };

  readonly err = (text: string): void => {
    this.stderr += text;
  };

  readonly quitAtOnce = (): void => {
    this.quits = true;
  };

  /** The first Ctrl-C. */
  interrupt(): void {
    this.controller.abort();
  }
}
