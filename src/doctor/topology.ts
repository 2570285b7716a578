import type { GpuFacts } from './facts/gpus.js';
import type { NicFacts } from './facts/nics.js';
import type { PciDevice } from './facts/pci.js';

/**
 * How near two PCI devices are, best first; the names are those of `nvidia-smi topo -m`.
 *
 *   PIX   below the same switch, or the same port: traffic never leaves it
 *   PXB   over several switches, below one root port
 *   PHB   over the host bridge (root complex) that both are on
 *   NODE  over two host bridges of one NUMA node
 *   SYS   from one NUMA node to another: across sockets
 */
export const NEARNESS = ['PIX', 'PXB', 'PHB', 'NODE', 'SYS', 'unknown'] as const;
export type Nearness = (typeof NEARNESS)[number];

export const MEANING: Record<Nearness, string> = {
  PIX: 'same switch',
  PXB: 'several switches, same root port',
  PHB: 'same root complex',
  NODE: 'same NUMA node, other root complex',
  SYS: 'across sockets',
  unknown: 'unknown: the kernel does not say which NUMA nodes they are on',
};

/** The way from a GPU to a NIC. */
export interface PciPath {
  readonly gpu: GpuFacts;
  readonly nic: NicFacts;
  readonly nearness: Nearness;
  /** The last bridge or root that both are below; absent where they share none. */
  readonly over?: string;
}

export function nearness(
  a: PciDevice,
  b: PciDevice,
  nodes: readonly number[],
): Pick<PciPath, 'nearness' | 'over'> {
  let shared = 0;
  while (shared < a.chain.length && a.chain[shared] === b.chain[shared]) shared++;
  const over = a.chain[shared - 1];
  if (shared === 0) return { nearness: acrossRoots(a, b, nodes) };
  if (shared === 1) return { nearness: 'PHB', over };
  // Below the upstream port of a switch each has a downstream port of its own: one bridge.
  const bridges = (device: PciDevice) => device.chain.length - shared - 1;
  return { nearness: Math.max(bridges(a), bridges(b)) <= 1 ? 'PIX' : 'PXB', over };
}

function acrossRoots(a: PciDevice, b: PciDevice, nodes: readonly number[]): Nearness {
  // A machine of one node says -1 for its devices, or the node.
  if (nodes.length === 1) return 'NODE';
  if (a.numaNode < 0 || b.numaNode < 0) return 'unknown';
  return a.numaNode === b.numaNode ? 'NODE' : 'SYS';
}

/** From each GPU to each NIC, each GPU's best first. GPUs that sysfs does not show are left out. */
export function pathsOf(
  gpus: readonly GpuFacts[],
  nics: readonly NicFacts[],
  nodes: readonly number[],
): PciPath[] {
  return gpus.flatMap((gpu) => {
    const { pci } = gpu;
    if (pci === undefined) return [];
    return nics
      .map((nic) => ({ gpu, nic, ...nearness(pci, nic.pci, nodes) }))
      .sort((a, b) => NEARNESS.indexOf(a.nearness) - NEARNESS.indexOf(b.nearness));
  });
}
