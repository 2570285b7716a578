import { writeSync } from 'node:fs';

import { fail } from '../errors.js';
import { reasonOf } from './system-error.js';

/** The world outside, for a command: bin/warpline's process, or a test's stand-in. */
export interface Shell {
  /** Text for standard output. @throws OUTPUT_LOST when it cannot be written. */
  out(text: string): void;
  /** Text for standard error; lost in silence where nobody reads it. */
  err(text: string): void;
  /** Columns of the terminal at standard error; undefined where there is none. */
  readonly columns: number | undefined;
  /** The same of the terminal at standard output. */
  readonly outColumns: number | undefined;
  /** Aborted by the first SIGINT or SIGTERM: stop, drain, report. The second ends the process. */
  readonly stop: AbortSignal;
  /** For a command that has nothing to drain: the first signal ends the process too. */
  quitAtOnce(): void;
}

/** The process's own streams, written to synchronously: nothing is left to flush at its end. */
export const streams = {
  out(text: string): void {
    try {
      writeAll(1, text);
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      // The reader has seen enough, as in `warpline … | head`.
      if (code === 'EPIPE') return;
      fail('OUTPUT_LOST', { reason: reasonOf(cause) });
    }
  },

  err(text: string): void {
    try {
      writeAll(2, text);
    } catch {
      // A run goes on without its statistics.
    }
  },

  get columns(): number | undefined {
    return columnsOf(process.stderr);
  },

  get outColumns(): number | undefined {
    return columnsOf(process.stdout);
  },
};

function columnsOf({ isTTY, columns }: NodeJS.WriteStream): number | undefined {
  if (!isTTY || process.env.TERM === 'dumb') return undefined;
  return columns || 80;
}

const pause = new Int32Array(new SharedArrayBuffer(4));

function writeAll(fd: number, text: string): void {
  let bytes = Buffer.from(text);
  while (bytes.length > 0) {
    try {
      bytes = bytes.subarray(writeSync(fd, bytes));
    } catch (cause) {
      // Whoever shares the other end may have made it non-blocking; it is full for now.
      if ((cause as NodeJS.ErrnoException).code !== 'EAGAIN') throw cause;
      Atomics.wait(pause, 0, 0, 5);
    }
  }
}
