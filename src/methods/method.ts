import type { CommList } from '../gpudev/comm-list.js';
import type { Gpu } from '../gpudev/driver.js';
import type { ExitWord } from '../kernels/exit-word.js';
import type { Burst, BurstFunction, Kernel } from '../kernels/kernel.js';
import type { Path } from './path.js';

/**
 * A way to run the loop of DESIGN §1. It says which lcores there are and what each does, and, where
 * the GPU works, what is put on the GPU before they start. A method knows paths, comm lists and a
 * GPU; never a driver.
 */
export interface Method {
  readonly name: string;
  /** Roles by name; each lcore runs one of them. */
  readonly lcores: Readonly<Record<string, LcoreLoop>>;
  /** One lcore for all ports of a queue (run to completion), instead of one set per path. */
  readonly runToCompletion?: boolean;
  /** Prepares the GPU for one path, in the main thread. Absent: the method leaves the GPU alone. */
  prepare?(setup: Setup): Promise<Prepared>;
  /** Whether its ends only pass items on: one lcore does that for both sooner than two. */
  readonly passes?: boolean;
  /** Made of a method with two lcores a path: one is at both ends (src/methods/both-ends.ts). */
  readonly together?: boolean;
  /** Whether frames leave as they came (`io`). */
  readonly untouched?: boolean;
}

/** Runs until it is told to stop and what it holds has gone on. Throws when the GPU is lost. */
export type LcoreLoop = (work: Work) => void;

/** What an lcore works with. */
export interface Work {
  /** The lcore's path … */
  path: Path;
  /** … and all of them, for a method that runs to completion. */
  paths: Path[];
  gpu: Gpu;
  /** What `prepare` posted for the path. */
  posted: Posted;
  /** The kernel's software side, for methods that run it on the CPU. */
  packetFunction: BurstFunction;
  packetTimeNs: number;
}

/** Ids and numbers that `prepare` made; plain data. */
export type Posted = Readonly<Record<string, number | readonly number[]>>;

export interface Setup {
  gpu: Gpu;
  kernel: Kernel;
  list: CommList;
  packetTimeNs: number;
  /** Blocks of a persistent kernel there are for this path, at least one … */
  processors: number;
  /** … and blocks that may wait for items on them, all together. */
  blocks: number;
  /** This path's own, not raised. */
  exitWord: Pick<ExitWord, 'address' | 'raise'>;
  /** Zeroed words the GPU can write, one for each of `processors`: a persistent kernel's heartbeats. */
  heartbeats: number;
}

export interface Prepared {
  posted: Posted;
  /**
   * Ends what runs on the GPU and waits for it; called when all lcores have ended well. Error:
   * GPU_STUCK when it has not ended after `limitMs`.
   */
  finish(limitMs: number): void;
}

export type { Burst };
