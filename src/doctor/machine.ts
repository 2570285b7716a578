import type { Answers } from './ask/answers.js';
import { askLibraries } from './ask/ask.js';
import { type Distribution, readDistribution } from './facts/distribution.js';
import { type Dpdk, readDpdk } from './facts/dpdk.js';
import { findGpus, type GpuFacts, type NvidiaDriver, nvidiaDriver } from './facts/gpus.js';
import { type NetInterface, readInterfaces } from './facts/interfaces.js';
import { Kernel } from './facts/kernel.js';
import { findNics, type NicFacts } from './facts/nics.js';
import { type PciDevice, readPci } from './facts/pci.js';
import { type Process, readProcess } from './facts/process.js';
import { Tree } from './tree.js';

/** What a machine is, read once; checks and verdicts judge it. */
export class Machine {
  readonly distribution: Distribution;
  readonly kernel: Kernel;
  readonly process: Process;
  readonly pci: readonly PciDevice[];
  readonly interfaces: readonly NetInterface[];
  readonly dpdk: Dpdk;
  readonly nvidia: NvidiaDriver | undefined;
  readonly gpus: readonly GpuFacts[];
  readonly nics: readonly NicFacts[];
  /** NUMA nodes that are online; empty where the kernel does not say. */
  readonly nodes: readonly number[];

  constructor(
    readonly tree: Tree,
    readonly answers: Answers,
  ) {
    this.distribution = readDistribution(tree);
    this.kernel = new Kernel(tree);
    this.process = readProcess(tree);
    this.pci = readPci(tree);
    this.interfaces = readInterfaces(tree);
    this.dpdk = readDpdk(tree, answers.dpdk);
    this.nvidia = nvidiaDriver(tree);
    this.gpus = findGpus(tree, this.pci, answers.cuda);
    this.nics = findNics(this.pci, this.interfaces, this.dpdk);
    this.nodes = expandList(tree.text('/sys/devices/system/node/online') ?? '');
  }

  /** The machine in a tree: `/` for this one, or a recording. */
  static async look(root: string): Promise<Machine> {
    const tree = new Tree(root);
    return new Machine(tree, await askLibraries(tree));
  }

  /** Why CUDA's driver cannot be used, where it was asked and cannot. */
  get cudaFailure(): string | undefined {
    const devices = this.answers.cuda?.devices;
    return devices !== undefined && 'failure' in devices ? devices.failure : undefined;
  }
}

/** 0-3,8 → 0 1 2 3 8: how the kernel writes sets of CPUs and nodes. */
export function expandList(text: string): number[] {
  return text
    .split(',')
    .filter((part) => /^\d+(-\d+)?$/.test(part.trim()))
    .flatMap((part) => {
      const [from, to = from] = part.split('-').map(Number);
      return Array.from({ length: to - from + 1 }, (_, i) => from + i);
    });
}
