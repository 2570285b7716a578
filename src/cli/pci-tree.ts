import type { GpuEntry, NicEntry } from '../doctor/report.js';

/** A bridge or a device, and what is below it. */
interface Node {
  readonly name: string;
  label: string;
  readonly below: Node[];
}

/** GPUs and NICs below the bridges that lead to them, by NUMA node; nothing else of the bus. */
export function pciTree(gpus: readonly GpuEntry[], nics: readonly NicEntry[]): string[] {
  const top: Node = { name: '', label: '', below: [] };
  const leaves = [
    ...gpus.map((gpu) => ({ ...gpu, label: `GPU ${gpu.device}, ${gpu.name}` })),
    ...nics.map((nic) => ({ ...nic, label: `NIC ${nicLabel(nic)}` })),
  ].filter(({ chain }) => chain.length > 0);
  for (const { chain, numaNode, label } of leaves.sort((a, b) =>
    a.address < b.address ? -1 : 1,
  )) {
    const node = numaNode === null ? 'NUMA node unknown' : `NUMA node ${numaNode}`;
    let at = child(top, node);
    for (const name of chain) at = child(at, name);
    at.label = `${at.name}  ${label}`;
  }
  return top.below.flatMap((node) => [`  ${node.label}`, ...draw(node.below, '  ')]);
}

function nicLabel({ dpdkDriver, interfaces, kernelDriver }: NicEntry): string {
  const names = interfaces.length > 0 ? ` ${interfaces.join(', ')}` : '';
  return `${dpdkDriver ?? kernelDriver ?? 'no driver'}${names}`;
}

function child(of: Node, name: string): Node {
  const known = of.below.find((node) => node.name === name);
  if (known !== undefined) return known;
  const made = { name, label: name, below: [] };
  of.below.push(made);
  return made;
}

function draw(nodes: readonly Node[], indent: string): string[] {
  return nodes.flatMap((node, i) => {
    const last = i === nodes.length - 1;
    const line = `${indent}${last ? '└─' : '├─'} ${node.label}`;
    return [line, ...draw(node.below, `${indent}${last ? '   ' : '│  '}`)];
  });
}
