import { bind, bootWith, DPDK_PACKAGES, install, modprobe, unbind } from './advice.js';
import { hex } from './facts/gpus.js';
import type { NicFacts } from './facts/nics.js';
import type { Machine } from './machine.js';

/** Whether something can be used now: `if` it could be after mending, `unknown` nobody can tell. */
export interface Usable {
  readonly verdict: 'works' | 'if' | 'cannot' | 'unknown';
  /** Why; of `if`: what is lacking. */
  readonly reason: string;
  readonly mend: readonly string[];
}

export const works = (reason: string): Usable => ({ verdict: 'works', reason, mend: [] });
export const cannot = (reason: string): Usable => ({ verdict: 'cannot', reason, mend: [] });
export const unknown = (reason: string, mend: readonly string[] = []): Usable => ({
  verdict: 'unknown',
  reason,
  mend,
});

/** Mendable where there is something to do about it, else not. */
export const lacking = (reason: string, mend: readonly string[]): Usable =>
  mend.length > 0 ? { verdict: 'if', reason, mend } : cannot(reason);

/** What stands in the way most, of parts that are undefined where nothing does; else `otherwise`. */
export function worst<T extends Usable | undefined>(
  parts: readonly (Usable | undefined)[],
  otherwise: T,
): Usable | T {
  for (const verdict of ['cannot', 'if', 'unknown']) {
    const found = parts.filter((part) => part?.verdict === verdict) as Usable[];
    if (found.length === 0) continue;
    if (verdict !== 'if') return found[0];
    const reason = found.map((part) => part.reason).join('; ');
    return lacking(reason, [...new Set(found.flatMap((part) => part.mend))]);
  }
  return otherwise;
}

/** DPDK itself, which every port needs. */
export function dpdkUsable({ dpdk, answers, tree }: Machine): Usable | undefined {
  if (!dpdk.installed) return lacking('DPDK is not installed', [DPDK_PACKAGES, 'npm run build']);
  if (dpdk.failure !== undefined) return lacking(dpdk.failure, ['npm run build']);
  if (answers.dpdk === undefined && tree.here) return unknown('DPDK was not asked');
  return undefined;
}

/** A NIC as a DPDK port. */
export function nicUsable(machine: Machine, nic: NicFacts): Usable {
  const { pci, dpdk: driver } = nic;
  const missing = dpdkUsable(machine);
  if (missing !== undefined) return missing;
  if (driver === undefined) {
    return cannot(`no driver of the DPDK here knows ${hex(pci.vendor)}:${hex(pci.device)}`);
  }
  if (/mlx[45]_core/.test(driver.kernelModules)) return bifurcated(machine, nic);
  return throughVfio(machine, nic);
}

/**
 * mlx4 and mlx5 leave the card with the kernel's driver and reach it through verbs (DPDK's mlx5
 * guide): raw packet queues take CAP_NET_RAW.
 */
function bifurcated(machine: Machine, nic: NicFacts): Usable {
  const { kernel, tree, process } = machine;
  const { address, driver } = nic.pci;
  const wanted = nic.dpdk?.plugin === 'net_mlx4' ? 'mlx4' : 'mlx5';
  const module = kernel.module('ib_uverbs');
  const devices = tree.list('/dev/infiniband').filter((name) => name.startsWith('uverbs'));
  const bound = driver === `${wanted}_core`;
  return worst(
    [
      bound
        ? undefined
        : lacking(`it is bound to ${driver ?? 'no driver'}, not ${wanted}_core`, [
            ...modprobe(machine, `${wanted}_core`),
            unbind(address),
          ]),
      module === 'loaded' && devices.length > 0
        ? undefined
        : lacking('there is no verbs device (/dev/infiniband/uverbs*)', [
            install('rdma-core'),
            ...modprobe(machine, 'ib_uverbs', `${wanted}_ib`),
          ]),
      capable(process.has('NET_RAW'), 'CAP_NET_RAW', 'raw packet queues take'),
    ],
    works(`${nic.dpdk?.plugin} beside the kernel's ${driver}; not run on hardware`),
  );
}

/** A lacking capability: root has it. `what` ends in "take" or "takes". */
export function capable(
  has: boolean | undefined,
  capability: string,
  what: string,
): Usable | undefined {
  if (has === undefined) return unknown(`whether this process has ${capability} is not known`);
  return has ? undefined : lacking(`${what} ${capability}`, ['sudo warpline …']);
}

/**
 * All other cards: DPDK drives them alone, through vfio-pci. warpline has EAL use virtual addresses
 * for DMA (`--iova-mode=va`), which takes an IOMMU: the UIO drivers and vfio without one are for
 * physical addresses (DPDK's Linux guide, "Linux Drivers").
 */
function throughVfio(machine: Machine, nic: NicFacts): Usable {
  const { tree, kernel, process } = machine;
  const { address, driver, iommuGroup } = nic.pci;
  const vfio = kernel.module('vfio-pci');
  const give = [
    ...(vfio === 'loaded' ? [] : modprobe(machine, 'vfio-pci')),
    ...(vfio === 'missing' && kernel.loadsModules === false ? [] : [bind(address, 'vfio-pci')]),
  ];
  const taken = nic.interfaces.filter(({ up }) => up).map(({ name }) => name);
  const loss = taken.length > 0 ? ` (the kernel loses ${taken.join(', ')}, which is up)` : '';
  const group = `/dev/vfio/${iommuGroup}`;
  return worst(
    [
      iommuGroup === undefined ? noIommu(machine) : undefined,
      driver === 'vfio-pci'
        ? undefined
        : lacking(`it is bound to ${driver ?? 'no driver'}, not vfio-pci${loss}`, give),
      driver !== 'vfio-pci' || iommuGroup === undefined || tree.open(group)
        ? undefined
        : lacking(`${group} is not there, or may not be opened`, ['sudo warpline …']),
      othersInGroup(machine, nic),
      process.root === false && process.memlock !== undefined && process.memlock < MEMLOCK_LEAST
        ? lacking('vfio locks the memory of packets, more than ulimit -l allows', [
            'sudo warpline …',
          ])
        : undefined,
    ],
    works(`${nic.dpdk?.plugin} through vfio-pci; not run on hardware`),
  );
}

/** vfio gives a group away as a whole: no other device of it may be with a kernel driver. */
function othersInGroup({ pci }: Machine, nic: NicFacts): Usable | undefined {
  const { iommuGroup, address } = nic.pci;
  if (iommuGroup === undefined) return undefined;
  const free = ['vfio-pci', 'pcieport', 'pci-stub', undefined];
  const others = pci.filter(
    (each) =>
      each.iommuGroup === iommuGroup && each.address !== address && !free.includes(each.driver),
  );
  if (others.length === 0) return undefined;
  const names = others.map((each) => `${each.address} (${each.driver})`).join(', ');
  return lacking(
    `its IOMMU group ${iommuGroup} is shared with ${names}`,
    others.map((each) => bind(each.address, 'vfio-pci')),
  );
}

/** What EAL and a pool of a small run take, in bytes. */
export const MEMLOCK_LEAST = 2 ** 30;

/** No IOMMU: how to have one, by the make of the CPU. */
export function noIommu({ kernel, tree }: Machine): Usable {
  const amd = /AuthenticAMD/.test(tree.text('/proc/cpuinfo') ?? '');
  if (kernel.virtual) {
    return cannot('there is no IOMMU in this virtual machine: its host would have to give it one');
  }
  const reason = 'there is no IOMMU: it is off in the firmware (VT-d, AMD-Vi) or in the kernel';
  return lacking(reason, bootWith(...(amd ? ['iommu=pt'] : ['intel_iommu=on', 'iommu=pt'])));
}
