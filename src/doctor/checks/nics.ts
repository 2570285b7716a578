import { type Check, type Finding, lacks, note, ok, unknown } from '../check.js';
import { hex } from '../facts/gpus.js';
import { type NicFacts, nicName } from '../facts/nics.js';
import type { Machine } from '../machine.js';
import { nicUsable } from '../usable.js';

/** Network cards: which DPDK can drive, what they are bound to, and which reach GPU memory. */
export const nics: Check = {
  name: 'nics',
  look(machine) {
    const { nics, pci } = machine;
    if (pci.length === 0) return [unknown('network cards: sysfs shows no PCI devices')];
    const found = nics.map((nic) => judge(machine, nic));
    if (nics.some(({ mlx5 }) => mlx5)) return found;
    return [...found, note('no ConnectX card (mlx5): only those write packets into GPU memory')];
  },
};

function judge(machine: Machine, nic: NicFacts): Finding {
  const { pci, dpdk } = nic;
  const where = pci.numaNode < 0 ? '' : `, NUMA node ${pci.numaNode}`;
  const link = pci.link === undefined ? '' : `, ${pci.link}`;
  const id = `${hex(pci.vendor)}:${hex(pci.device)}`;
  const text = `${nicName(nic)}: ${dpdk?.plugin ?? id}, bound to ${pci.driver ?? 'nothing'}${where}${link}`;
  const { verdict, reason, mend } = nicUsable(machine, nic);
  if (verdict === 'works') return ok(text);
  if (verdict === 'if') return lacks(`${text}; as a DPDK port: ${reason}`, mend);
  if (verdict === 'unknown') return unknown(`${text}; ${reason}`, mend);
  return note(`${text}; not as a DPDK port: ${reason}`);
}
