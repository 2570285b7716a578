import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Eal } from '../dpdk/eal.js';
import { version } from '../version.js';

/** Where a figure comes from: it stands beside every figure. */
export interface Machine {
  cpu: string;
  cores: number;
  memoryGiB: number;
  kernel: string;
  node: string;
  dpdk: string;
}

export function machine(): Machine {
  const all = cpus();
  return {
    cpu: all[0]?.model.trim() ?? 'unknown',
    cores: all.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    dpdk: Eal.version,
  };
}

/** The commit measured, with `+` where the tree had changes; a bundle carries the one it is of. */
export function commit(): string {
  const cwd = fileURLToPath(new URL('../../', import.meta.url));
  const carried = `${cwd}commit`;
  if (existsSync(carried)) return readFileSync(carried, 'utf8').trim();
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    const dirty = git('status', '--porcelain', '--untracked-files=no') !== '';
    return git('rev-parse', '--short=12', 'HEAD').trim() + (dirty ? '+' : '');
  } catch {
    return 'unknown';
  }
}

/** What every report says of itself beside its rows. */
export interface Origin {
  version: string;
  commit: string;
  date: string;
  machine: Machine;
  /** As a person would type it; absent where nothing was typed. */
  command?: string;
}

export function origin(command?: string): Origin {
  return {
    version,
    commit: commit(),
    date: new Date().toISOString(),
    machine: machine(),
    ...(command !== undefined && { command }),
  };
}
