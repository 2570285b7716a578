import { version } from '../version.js';
import type { Finding } from './check.js';
import { type GpuFacts, nameOf } from './facts/gpus.js';
import type { NicFacts } from './facts/nics.js';
import { Machine } from './machine.js';
import { CHECKS } from './table.js';
import { pathsOf } from './topology.js';
import { judgeMemory, type Verdict } from './verdicts.js';

/** `doctor --json`, documented in docs/doctor.md: fields may be added, never renamed. */
export interface DoctorReport {
  readonly app: 'doctor';
  readonly version: string;
  /** What was looked at: `/`, or the folder of a recording. */
  readonly root: string;
  readonly system: { name: string; kernel: string | null; virtual: boolean };
  readonly checks: readonly ({ readonly check: string } & Finding)[];
  readonly gpus: readonly GpuEntry[];
  readonly nics: readonly NicEntry[];
  /** Each GPU's best first. */
  readonly paths: readonly PathEntry[];
  readonly verdicts: readonly Verdict[];
}

interface OnBus {
  address: string;
  /** Null where unknown. */
  numaNode: number | null;
  kernelDriver: string | null;
  /** From the host bridge down to the device; empty where sysfs does not show it. */
  chain: readonly string[];
}

export interface GpuEntry extends OnBus {
  device: string;
  name: string;
  memoryBytes: number | null;
  bar1Bytes: number | null;
}

export interface NicEntry extends OnBus {
  dpdkDriver: string | null;
  interfaces: string[];
}

export interface PathEntry {
  gpu: string;
  nic: string;
  path: string;
  /** The last bridge or root both are below. */
  over: string | null;
}

export async function doctor(root: string): Promise<DoctorReport> {
  return reportOn(await Machine.look(root));
}

export function reportOn(machine: Machine): DoctorReport {
  const { tree, distribution, kernel, gpus, nics, nodes } = machine;
  const paths = pathsOf(gpus, nics, nodes);
  return {
    app: 'doctor',
    version,
    root: tree.root,
    system: {
      name: distribution.name || 'unknown',
      kernel: kernel.release ?? null,
      virtual: kernel.virtual,
    },
    checks: CHECKS.flatMap((check) =>
      check.look(machine).map((finding) => ({ check: check.name, ...finding })),
    ),
    gpus: gpus.map(gpuEntry),
    nics: nics.map(nicEntry),
    paths: paths.map(({ gpu, nic, nearness, over }) => ({
      gpu: nameOf(gpu),
      nic: nic.pci.address,
      path: nearness,
      over: over ?? null,
    })),
    verdicts: judgeMemory(machine, paths),
  };
}

function gpuEntry(gpu: GpuFacts): GpuEntry {
  const { pci, cuda, name, address, bar1 } = gpu;
  return {
    device: nameOf(gpu),
    name,
    address,
    memoryBytes: cuda?.memory ?? null,
    bar1Bytes: bar1 ?? null,
    numaNode: pci === undefined || pci.numaNode < 0 ? null : pci.numaNode,
    kernelDriver: pci?.driver ?? null,
    chain: pci?.chain ?? [],
  };
}

function nicEntry({ pci, dpdk, interfaces }: NicFacts): NicEntry {
  return {
    address: pci.address,
    dpdkDriver: dpdk?.plugin ?? null,
    interfaces: interfaces.map(({ name }) => name),
    numaNode: pci.numaNode < 0 ? null : pci.numaNode,
    kernelDriver: pci.driver ?? null,
    chain: pci.chain,
  };
}
