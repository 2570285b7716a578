import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import type { Answers } from '../doctor/ask/answers.js';

/** A machine in short, for `expand` to make the files of. */
export interface Recording {
  /** Contents by path. */
  readonly files: Readonly<Record<string, string>>;
  readonly pci?: readonly RecordedPci[];
  /** Interfaces without a card: lo. */
  readonly interfaces?: readonly RecordedInterface[];
  readonly answers?: Answers;
}

export interface RecordedPci {
  /** Below /sys/devices, from the host bridge on; bridges on the way are made as well. */
  readonly path: string;
  /** 10de:2330 */
  readonly id: string;
  /** As sysfs has it: 0x030200. */
  readonly kind: string;
  readonly node?: number;
  readonly driver?: string;
  readonly group?: string;
  /** Lines of `resource`; default: no regions. */
  readonly regions?: readonly string[];
  readonly link?: readonly [speed: string, width: number];
  readonly interfaces?: readonly RecordedInterface[];
}

export interface RecordedInterface {
  readonly name: string;
  readonly up: boolean;
  readonly type?: number;
}

/** A memory region of a BAR, prefetchable and 64 bits wide, as `resource` has it. */
export function region(start: bigint, bytes: bigint): string {
  const word = (value: bigint) => `0x${value.toString(16).padStart(16, '0')}`;
  return `${word(start)} ${word(start + bytes - 1n)} ${word(0x14220cn)}`;
}

export const NO_REGION = '0x0000000000000000 0x0000000000000000 0x0000000000000000';

/** The text a DPDK plugin has about itself, between other bytes. */
export function plugin(name: string, devices: readonly number[][] = [], kmod = ''): string {
  const info = JSON.stringify({ name, kmod, pci_ids: devices });
  return `\x7fELF\0PMD_INFO_STRING= ${info}\0.text\0`;
}

const made: string[] = [];

function removeAll(): void {
  for (const root of made) rmSync(root, { recursive: true, force: true });
}

/** Makes the machine's tree in a folder of its own, which goes when the process ends. */
export function expand({ files, pci = [], interfaces = [], answers }: Recording): string {
  const root = mkdtempSync(join(tmpdir(), 'warpline-machine-'));
  if (made.push(root) === 1) process.once('exit', removeAll);
  const machine = new Expansion(root);
  for (const [path, text] of Object.entries(files)) machine.file(path, text);
  for (const device of pci) machine.pci(device);
  for (const each of interfaces) machine.interface('/sys/devices/virtual/net', each);
  if (answers !== undefined) machine.file('/answers.json', JSON.stringify(answers));
  return root;
}

class Expansion {
  constructor(private readonly root: string) {}

  file(path: string, text: string): void {
    const file = join(this.root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text.endsWith('\n') ? text : `${text}\n`);
  }

  pci(device: RecordedPci): void {
    const names = device.path.split('/');
    // The first is the host bridge, the last the device; sysfs lists what lies between as devices.
    for (let end = 2; end < names.length; end++) this.bridge(names.slice(0, end));
    const folder = this.device(names, device.id, device.kind, device.node ?? -1);
    this.file(`${folder}/resource`, (device.regions ?? [NO_REGION]).join('\n'));
    if (device.driver !== undefined) {
      this.folder(`/sys/bus/pci/drivers/${device.driver}`);
      this.link(`${folder}/driver`, `/sys/bus/pci/drivers/${device.driver}`);
    }
    if (device.group !== undefined) {
      this.folder(`/sys/kernel/iommu_groups/${device.group}`);
      this.link(`${folder}/iommu_group`, `/sys/kernel/iommu_groups/${device.group}`);
    }
    for (const when of device.link === undefined ? [] : ['current', 'max']) {
      this.file(`${folder}/${when}_link_speed`, device.link?.[0] ?? '');
      this.file(`${folder}/${when}_link_width`, String(device.link?.[1]));
    }
    for (const each of device.interfaces ?? []) this.interface(`${folder}/net`, each);
  }

  interface(folder: string, { name, up, type = 1 }: RecordedInterface): void {
    this.file(`${folder}/${name}/flags`, up ? '0x1003' : '0x1002');
    this.file(`${folder}/${name}/type`, String(type));
    this.file(`${folder}/${name}/ifindex`, '1');
    this.link(`/sys/class/net/${name}`, `${folder}/${name}`);
  }

  private bridge(names: readonly string[]): void {
    this.device(names, '8086:352a', '0x060400', -1);
  }

  private device(names: readonly string[], id: string, kind: string, node: number): string {
    const folder = `/sys/devices/${names.join('/')}`;
    const [vendor, device] = id.split(':');
    this.file(`${folder}/vendor`, `0x${vendor}`);
    this.file(`${folder}/device`, `0x${device}`);
    this.file(`${folder}/class`, kind);
    this.file(`${folder}/numa_node`, String(node));
    this.link(`/sys/bus/pci/devices/${names.at(-1)}`, folder);
    return folder;
  }

  private folder(path: string): void {
    mkdirSync(join(this.root, path), { recursive: true });
  }

  /** A relative link, as sysfs has them. */
  private link(path: string, to: string): void {
    const file = join(this.root, path);
    mkdirSync(dirname(file), { recursive: true });
    rmSync(file, { force: true });
    symlinkSync(relative(dirname(path), to), file);
  }
}
