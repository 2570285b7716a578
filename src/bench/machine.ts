import { availableParallelism, cpus, release, totalmem } from 'node:os';
import { Eal } from '../dpdk/eal.js';
import { commit, version } from '../version.js';

/** Where a figure comes from: it stands beside every figure. */
export interface Machine {
  cpu: string;
  cores: number;
  /** Those that the process may use (`taskset`), where it may not use all. */
  coresAllowed?: number;
  memoryGiB: number;
  kernel: string;
  node: string;
  dpdk: string;
}

export function machine(): Machine {
  const all = cpus();
  const coresAllowed = availableParallelism();
  return {
    cpu: all[0]?.model.trim() ?? 'unknown',
    cores: all.length,
    ...(coresAllowed < all.length && { coresAllowed }),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    dpdk: Eal.version,
  };
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
