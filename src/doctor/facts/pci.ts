import type { Tree } from '../tree.js';

/** A memory or I/O region of a PCI device. */
export interface Bar {
  readonly index: number;
  readonly bytes: number;
  /** Memory that may be cached and written in bursts: what a GPU shows its own memory through. */
  readonly prefetchable: boolean;
}

/** A PCI function, as sysfs describes it (Documentation/PCI/sysfs-pci.rst of the kernel). */
export interface PciDevice {
  /** 0000:3b:00.0 */
  readonly address: string;
  /** From the host bridge down to the device itself: pci0000:3a, 0000:3a:00.0, 0000:3b:00.0. */
  readonly chain: readonly string[];
  readonly vendor: number;
  readonly device: number;
  /** Class and subclass: 0x0200 is an Ethernet controller. */
  readonly kind: number;
  /** The kernel driver it is bound to. */
  readonly driver?: string;
  /** -1 where unknown. */
  readonly numaNode: number;
  readonly iommuGroup?: string;
  readonly bars: readonly Bar[];
  /** As the kernel prints it: `16.0 GT/s PCIe x16`; where it says so. */
  readonly link?: string;
  readonly bestLink?: string;
}

const FOLDER = '/sys/bus/pci/devices';

export function readPci(tree: Tree): PciDevice[] {
  return tree.list(FOLDER).map((address) => readDevice(tree, address));
}

function readDevice(tree: Tree, address: string): PciDevice {
  const folder = `${FOLDER}/${address}`;
  const number = (name: string) => tree.number(`${folder}/${name}`);
  const link = (when: string) => {
    const speed = tree.text(`${folder}/${when}_link_speed`);
    const width = number(`${when}_link_width`);
    // A width of 0 or an unknown speed is what virtual machines say.
    return speed === undefined || !width || /unknown/i.test(speed)
      ? undefined
      : `${speed} x${width}`;
  };
  return {
    address,
    chain: chainOf(tree.real(folder) ?? address),
    vendor: number('vendor') ?? 0,
    device: number('device') ?? 0,
    kind: (number('class') ?? 0) >> 8,
    driver: tree.target(`${folder}/driver`),
    numaNode: number('numa_node') ?? -1,
    iommuGroup: tree.target(`${folder}/iommu_group`),
    bars: readBars(tree.text(`${folder}/resource`) ?? ''),
    link: link('current'),
    bestLink: link('max'),
  };
}

/** The host bridge and the PCI functions in a path below /sys/devices. */
export function chainOf(path: string): string[] {
  return path
    .split('/')
    .filter((name) => /^(pci)?[0-9a-f]{4,}:[0-9a-f]{2}(:[0-9a-f]{2}\.\d)?$/.test(name));
}

const IORESOURCE_MEM = 0x200n;
const IORESOURCE_PREFETCH = 0x2000n;

/** Start, end, flags a line; the first six are the BARs (include/linux/ioport.h). */
function readBars(text: string): Bar[] {
  const lines = text.split('\n').slice(0, 6);
  return lines.flatMap((line, index) => {
    if (!/^0x[0-9a-f]+ 0x[0-9a-f]+ 0x[0-9a-f]+$/i.test(line.trim())) return [];
    const [start, end, flags] = line.trim().split(' ').map(BigInt);
    if ((flags & IORESOURCE_MEM) === 0n || end <= start) return [];
    const prefetchable = (flags & IORESOURCE_PREFETCH) !== 0n;
    return [{ index, bytes: Number(end - start + 1n), prefetchable }];
  });
}
