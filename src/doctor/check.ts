import type { Machine } from './machine.js';

/**
 * What a check found. `ok`: there and good. `lacks`: not there, `mend` says how to have it. `note`:
 * worth knowing, nothing to mend. `unknown`: it could not be seen, and `what` says why.
 */
export type Status = 'ok' | 'lacks' | 'note' | 'unknown';

export interface Finding {
  readonly status: Status;
  readonly what: string;
  /** Commands, for root, in this order. */
  readonly mend: readonly string[];
}

/** One question about a machine. */
export interface Check {
  /** Short, unique, stable: scripts look for it. */
  readonly name: string;
  look(machine: Machine): Finding[];
}

export const ok = (what: string): Finding => ({ status: 'ok', what, mend: [] });
export const note = (what: string): Finding => ({ status: 'note', what, mend: [] });
export const unknown = (what: string, mend: readonly string[] = []): Finding => ({
  status: 'unknown',
  what,
  mend,
});
export const lacks = (what: string, mend: readonly string[] = []): Finding => ({
  status: 'lacks',
  what,
  mend,
});

/** 141 GiB, 256 MiB, 64 KiB */
export function size(bytes: number): string {
  const [unit, name] =
    bytes >= 2 ** 30 ? [2 ** 30, 'GiB'] : bytes >= 2 ** 20 ? [2 ** 20, 'MiB'] : [1024, 'KiB'];
  return `${Math.round((bytes / unit) * 10) / 10} ${name}`;
}
