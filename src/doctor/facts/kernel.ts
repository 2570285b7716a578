import { gunzipSync } from 'node:zlib';
import type { Tree } from '../tree.js';

/** A kernel module: at work, there to be loaded, or neither. `unknown`: nobody can tell. */
export type ModuleState = 'loaded' | 'available' | 'missing' | 'unknown';

export class Kernel {
  /** 6.1.0-18-amd64 */
  readonly release: string | undefined;
  readonly commandLine: string;
  /** Runs in a virtual machine: what PCI and NUMA look like is what its host shows. */
  readonly virtual: boolean;

  constructor(private readonly tree: Tree) {
    this.release = tree.text('/proc/sys/kernel/osrelease');
    this.commandLine = tree.text('/proc/cmdline') ?? '';
    this.virtual = /^flags\s*:.*\bhypervisor\b/m.test(tree.text('/proc/cpuinfo') ?? '');
  }

  /** Whether it can load modules: one built without them has no /proc/modules. */
  get loadsModules(): boolean | undefined {
    if (this.tree.has('/proc/modules')) return true;
    return this.tree.has('/sys/module') ? false : undefined;
  }

  /** Names with dashes and with underscores mean the same (modprobe(8)). */
  module(name: string): ModuleState {
    const plain = name.replaceAll('-', '_');
    if (this.tree.has(`/sys/module/${plain}`)) return 'loaded';
    if (this.loadsModules === false) return 'missing';
    const pattern = new RegExp(`(^|/)${plain.replaceAll('_', '[-_]')}\\.ko`, 'm');
    const folder = `/lib/modules/${this.release}`;
    if (pattern.test(this.tree.text(`${folder}/modules.builtin`) ?? '')) return 'loaded';
    const known = this.tree.text(`${folder}/modules.dep`);
    if (known === undefined) return 'unknown';
    return pattern.test(known) ? 'available' : 'missing';
  }

  /** Whether it was built with an option: `XDP_SOCKETS`; undefined where its config is not there. */
  config(option: string): boolean | undefined {
    const packed = this.tree.bytes('/proc/config.gz');
    const text = packed
      ? gunzipSync(packed).toString('latin1')
      : this.tree.text(`/boot/config-${this.release}`);
    return text === undefined ? undefined : new RegExp(`^CONFIG_${option}=[ym]$`, 'm').test(text);
  }

  /** A parameter of the kernel's command line: `isolcpus` of `isolcpus=2-7`. */
  parameter(name: string): string | undefined {
    const word = this.commandLine.split(/\s+/).find((each) => each.startsWith(`${name}=`));
    return word?.slice(name.length + 1);
  }

  /** Whether its release is that or a later one; undefined where it says none. */
  since(major: number, minor: number): boolean | undefined {
    const [, a, b] = /^(\d+)\.(\d+)/.exec(this.release ?? '') ?? [];
    if (a === undefined) return undefined;
    return Number(a) > major || (Number(a) === major && Number(b) >= minor);
  }
}
