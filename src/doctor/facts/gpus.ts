import type { CudaAnswer, CudaDevice } from '../ask/answers.js';
import type { Tree } from '../tree.js';
import type { PciDevice } from './pci.js';

const NVIDIA = 0x10de;
/** Display controllers: VGA, XGA, 3D and others. */
const DISPLAY = 0x03;
/** Volta: the oldest that warpline's CUDA driver takes. */
export const OLDEST = 70;

/** An NVIDIA GPU: on the PCI bus, in CUDA's list, or in both. */
export interface GpuFacts {
  /** Absent where CUDA has a GPU that sysfs does not show. */
  readonly pci?: PciDevice;
  /** Absent where CUDA was not asked, or does not have it. */
  readonly cuda?: CudaDevice;
  readonly address: string;
  readonly name: string;
  /** The BAR through which CPUs and NICs see device memory, in bytes (BAR1 in NVIDIA's words). */
  readonly bar1?: number;
}

/** How it is called on the command line, or in a report where CUDA does not have it. */
export function nameOf({ cuda, address }: GpuFacts): string {
  return cuda === undefined ? address : `cuda:${cuda.index}`;
}

export function findGpus(
  tree: Tree,
  pci: readonly PciDevice[],
  answer: CudaAnswer | undefined,
): GpuFacts[] {
  const known = answer !== undefined && 'answer' in answer.devices ? answer.devices.answer : [];
  const cards = pci.filter(({ vendor, kind }) => vendor === NVIDIA && kind >> 8 === DISPLAY);
  const addresses = new Set([...cards.map((card) => card.address), ...known.map((gpu) => gpu.bus)]);
  return [...addresses].sort().map((address) => {
    const card = cards.find((each) => each.address === address);
    const cuda = known.find((each) => each.bus === address);
    const name = cuda?.name ?? modelOf(tree, address) ?? `NVIDIA device ${hex(card?.device)}`;
    return { pci: card, cuda, address, name, bar1: bar1Of(card) };
  });
}

/** Graphics of other makers, which warpline has no driver for. */
export function otherGraphics(pci: readonly PciDevice[]): PciDevice[] {
  return pci.filter(({ vendor, kind }) => vendor !== NVIDIA && kind >> 8 === DISPLAY);
}

/** What NVIDIA's kernel driver calls it. */
function modelOf(tree: Tree, address: string): string | undefined {
  const text = tree.text(`/proc/driver/nvidia/gpus/${address}/information`) ?? '';
  const name = /^Model:\s*(\S.*)$/m.exec(text)?.[1];
  return name === undefined || /unknown/i.test(name) ? undefined : name;
}

/** The largest prefetchable one: the others hold registers and a small window for instances. */
function bar1Of(card: PciDevice | undefined): number | undefined {
  const sizes = (card?.bars ?? []).filter((bar) => bar.prefetchable).map((bar) => bar.bytes);
  return sizes.length > 0 ? Math.max(...sizes) : undefined;
}

/** 2330 */
export function hex(number = 0): string {
  return number.toString(16).padStart(4, '0');
}

export interface NvidiaDriver {
  readonly version: string;
  /** The open kernel modules: what exporting memory as a dma-buf takes. */
  readonly open: boolean;
}

/** NVIDIA's kernel driver, where it is loaded. */
export function nvidiaDriver(tree: Tree): NvidiaDriver | undefined {
  const text = tree.text('/proc/driver/nvidia/version') ?? '';
  const version = /NVRM version:.*?\s(\d+\.\d+(\.\d+)?)\s/.exec(text)?.[1];
  return version === undefined ? undefined : { version, open: /Open Kernel Module/i.test(text) };
}
