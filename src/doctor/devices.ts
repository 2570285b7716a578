import { version } from '../version.js';
import { hex, nameOf } from './facts/gpus.js';
import type { NetInterface } from './facts/interfaces.js';
import type { Machine } from './machine.js';
import {
  capable,
  dpdkUsable,
  lacking,
  nicUsable,
  type Usable,
  unknown,
  works,
  worst,
} from './usable.js';
import { VDEVS, type Vdev } from './vdevs.js';
import { cudaUsable } from './verdicts.js';

/** A port or a GPU, and the option that asks l2fwd for it. */
export interface DeviceLine extends Usable {
  /** `--port net_null0,size=64`, `--device cuda:0` */
  readonly option: string;
  readonly what: string;
}

/** `devices --json`, documented in docs/doctor.md: fields may be added, never renamed. */
export interface DevicesReport {
  readonly app: 'devices';
  readonly version: string;
  readonly root: string;
  readonly ports: readonly DeviceLine[];
  readonly gpus: readonly DeviceLine[];
}

export function devicesOf(machine: Machine): DevicesReport {
  const ports = [
    ...machine.nics.map((nic) => ({
      option: `--port ${nic.pci.address}`,
      what:
        `${nic.dpdk?.plugin ?? `${hex(nic.pci.vendor)}:${hex(nic.pci.device)}`}, ` +
        `bound to ${nic.pci.driver ?? 'nothing'}`,
      ...nicUsable(machine, nic),
    })),
    ...machine.interfaces
      .filter(({ type }) => type === ETHERNET || type === LOOPBACK)
      .map((each, index) => ({
        option: `--port net_af_packet${index},iface=${each.name}`,
        what: `the kernel's interface ${each.name}`,
        ...interfaceUsable(machine, each),
      })),
    ...VDEVS.map((vdev) => ({
      option: `--port ${vdev.devargs}`,
      what: vdev.what,
      ...vdevUsable(machine, vdev),
    })),
  ];
  return { app: 'devices', version, root: machine.tree.root, ports, gpus: gpusOf(machine) };
}

/** if_arp.h of the kernel. */
const ETHERNET = 1;
const LOOPBACK = 772;

function interfaceUsable(machine: Machine, { name, up }: NetInterface): Usable {
  return worst(
    [
      pluginMissing(machine, 'net_af_packet'),
      capable(machine.process.has('NET_RAW'), 'CAP_NET_RAW', 'packet sockets take'),
      up === undefined ? unknown(`whether ${name} is up is not known`) : undefined,
      up === false ? lacking(`${name} is down`, [`ip link set ${name} up`]) : undefined,
      // The kernel would read the name as the end of the devargs.
      /[,=[\]]/.test(name) ? lacking('its name cannot stand in devargs', []) : undefined,
    ],
    works('shares it with the kernel'),
  );
}

function vdevUsable(machine: Machine, vdev: Vdev): Usable {
  return worst([pluginMissing(machine, vdev.plugin), vdev.needs?.(machine)], works(vdev.works));
}

function pluginMissing(machine: Machine, plugin: string): Usable | undefined {
  const missing = dpdkUsable(machine);
  if (missing !== undefined) return missing;
  if (machine.dpdk.drivers.some((driver) => driver.plugin === plugin)) return undefined;
  return lacking(`the DPDK here has no ${plugin}`, []);
}

function gpusOf(machine: Machine): DeviceLine[] {
  const cards = machine.gpus.map((gpu) => ({
    option: gpu.cuda === undefined ? '--device cuda:N' : `--device ${nameOf(gpu)}`,
    what: `${gpu.name}, ${gpu.address}`,
    ...worst([cudaUsable(machine, gpu)], works('CUDA')),
  }));
  const software = {
    option: '--device software',
    what: 'a GPU in TypeScript, on this machine’s CPUs',
    // Its threads and memory come from the same addon.
    ...worst([dpdkUsable(machine)], works('always')),
  };
  return [...cards, software];
}
