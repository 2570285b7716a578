import type { Tree } from '../tree.js';
import { chainOf } from './pci.js';

/** A network interface of the kernel's. */
export interface NetInterface {
  readonly name: string;
  /** IFF_UP (if.h of the kernel); undefined where sysfs does not say. */
  readonly up: boolean | undefined;
  /** ARPHRD of if_arp.h: 1 Ethernet, 772 loopback. */
  readonly type: number | undefined;
  /** PCI address of the device behind it. */
  readonly pci?: string;
}

const FOLDER = '/sys/class/net';

export function readInterfaces(tree: Tree): NetInterface[] {
  return tree.list(FOLDER).flatMap((name) => {
    const path = tree.real(`${FOLDER}/${name}`);
    // Files such as bonding_masters lie there too.
    if (path === undefined || !tree.has(`${FOLDER}/${name}/ifindex`)) return [];
    const flags = tree.number(`${FOLDER}/${name}/flags`);
    const up = flags === undefined ? undefined : (flags & 1) !== 0;
    return { name, up, type: tree.number(`${FOLDER}/${name}/type`), pci: chainOf(path).at(-1) };
  });
}
