import type { Answer, DpdkAnswer } from '../ask/answers.js';
import type { Tree } from '../tree.js';
import { findLibrary } from './libraries.js';

/** A poll mode driver, as DPDK's own build describes it in its library (PMD_INFO_STRING). */
export interface DpdkDriver {
  /** net_memif, mlx5_eth */
  readonly name: string;
  /** The library it is in: net_mlx5. */
  readonly plugin: string;
  /** Kernel modules its devices may be bound to: `* igb_uio | uio_pci_generic | vfio-pci`. */
  readonly kernelModules: string;
  /** Vendor, device, subsystem vendor and device; 0xffff stands for any. */
  readonly devices: readonly (readonly [number, number, number, number])[];
}

export interface Dpdk {
  /** 22.11.11; undefined where nothing tells. */
  readonly version: string | undefined;
  /** Why the addon does not load or DPDK does not start; undefined where it does, or in a recording. */
  readonly failure: string | undefined;
  /** Whether any DPDK is on this machine. */
  readonly installed: boolean;
  /** Port drivers: those DPDK loaded, else those that lie in its plugin folder. */
  readonly drivers: readonly DpdkDriver[];
}

/** From what DPDK answered where it could be asked, else from its files. */
export function readDpdk(tree: Tree, answer: Answer<DpdkAnswer> | undefined): Dpdk {
  if (answer !== undefined && 'answer' in answer) {
    const { version, libraries } = answer.answer;
    return { version, failure: undefined, installed: true, drivers: describe(tree, libraries) };
  }
  const failure = answer?.failure;
  const eal = findEal(tree);
  if (eal === undefined) return { version: undefined, failure, installed: false, drivers: [] };
  const folder = pluginFolder(tree, eal);
  const files = tree.list(folder).filter((name) => /^librte_net_\w+\.so$/.test(name));
  const drivers = describe(
    tree,
    files.map((name) => `${folder}/${name}`),
  );
  return { version: packagedVersion(tree), failure, installed: true, drivers };
}

function findEal(tree: Tree): string | undefined {
  // 23 is the ABI of DPDK 22.11; one each November (DPDK's ABI policy).
  return findLibrary(tree, ...Array.from({ length: 12 }, (_, i) => `librte_eal.so.${23 + i}`));
}

/** EAL tells its plugin folder to DPDK's own tools (DPDK_PLUGIN_PATH, lib/eal/common). */
function pluginFolder(tree: Tree, eal: string): string {
  const text = tree.bytes(eal)?.toString('latin1') ?? '';
  return /DPDK_PLUGIN_PATH=([^\0]+)\0/.exec(text)?.[1] ?? '';
}

function packagedVersion(tree: Tree): string | undefined {
  const known = tree.text('/var/lib/dpkg/status') ?? '';
  return /^Package: librte-eal\d+\n(?:.+\n)*?Version: ([\d.]+)/m.exec(known)?.[1];
}

interface PmdInfo {
  name: string;
  kmod?: string;
  pci_ids?: [number, number, number, number][];
}

/** The drivers in these libraries; one that says nothing of itself is known by its file's name. */
function describe(tree: Tree, files: readonly string[]): DpdkDriver[] {
  return files.flatMap((file) => {
    const plugin = /librte_(\w+)\.so/.exec(file)?.[1] ?? file;
    const text = tree.bytes(file)?.toString('latin1') ?? '';
    const found = [...text.matchAll(/PMD_INFO_STRING= (\{[^\0]*\})/g)].flatMap(([, json]) => {
      const info = parse(json);
      if (info === undefined) return [];
      const { name, kmod = '', pci_ids: devices = [] } = info;
      return { name, plugin, kernelModules: kmod, devices };
    });
    return found.length > 0 ? found : { name: plugin, plugin, kernelModules: '', devices: [] };
  });
}

function parse(json: string): PmdInfo | undefined {
  try {
    return JSON.parse(json) as PmdInfo;
  } catch {
    return undefined;
  }
}

const ANY = 0xffff;

/** The driver for a PCI device, by vendor and device. */
export function driverOf(
  { drivers }: Dpdk,
  { vendor, device }: { vendor: number; device: number },
): DpdkDriver | undefined {
  return drivers.find(
    ({ plugin, devices }) =>
      plugin.startsWith('net_') &&
      devices.some(([v, d]) => v === vendor && (d === device || d === ANY)),
  );
}
