import type { Machine } from './machine.js';

/*
 * The commands that mend things, for Debian and Ubuntu, to be run as root. Where their packages
 * have different names it depends on which one this is; other systems get Debian's.
 */

export function install(...packages: string[]): string {
  return `apt-get install -y ${packages.join(' ')}`;
}

/** Nothing where this kernel loads no modules: then no command helps. */
export function modprobe({ kernel }: Machine, ...modules: string[]): string[] {
  return kernel.loadsModules === false ? [] : [`modprobe -a ${modules.join(' ')}`];
}

/** Puts words on the kernel's command line, from the next start on. */
export function bootWith(...parameters: string[]): string[] {
  const words = parameters.join(' ');
  return [
    `sed -i 's/^GRUB_CMDLINE_LINUX="/&${words} /' /etc/default/grub && update-grub && reboot`,
  ];
}

/** NVIDIA's own repository (CUDA installation guide for Linux). */
function nvidiaRepository({ distribution }: Machine): string {
  const { id, version } = distribution;
  const system = id === 'ubuntu' ? `ubuntu${version.replace('.', '')}` : `debian${version || '12'}`;
  const keyring = 'cuda-keyring_1.1-1_all.deb';
  const place = `https://developer.download.nvidia.com/compute/cuda/repos/${system}/x86_64`;
  return `wget ${place}/${keyring} && dpkg -i ${keyring} && apt-get update`;
}

/** NVIDIA's driver, kernel side and libraries. The open modules are for Turing and later. */
export function nvidiaDriverPackages(machine: Machine): string[] {
  return machine.distribution.id === 'ubuntu'
    ? [`${install('ubuntu-drivers-common')} && ubuntu-drivers install && reboot`]
    : [
        nvidiaRepository(machine),
        `${install('linux-headers-amd64', 'nvidia-open')} && reboot # for Volta: cuda-drivers`,
      ];
}

/** The driver's open kernel modules in place of the closed ones. */
export function openModules(machine: Machine): string[] {
  const { distribution, nvidia } = machine;
  const branch = nvidia?.version.split('.')[0];
  return distribution.id === 'ubuntu' && branch !== undefined
    ? [`${install(`nvidia-driver-${branch}-open`)} && reboot`]
    : [nvidiaRepository(machine), `${install('linux-headers-amd64', 'nvidia-open')} && reboot`];
}

/** A library of the driver that is a package of its own; it must be of the driver's version. */
export function nvidiaLibrary(
  { distribution, nvidia }: Machine,
  debian: string,
  ubuntu: string,
): string {
  const branch = nvidia?.version.split('.')[0];
  if (distribution.id !== 'ubuntu' || branch === undefined) return install(debian);
  return install(`${ubuntu}-${branch}`);
}

/** Debian 12 itself has NVRTC 11 only, which is too old. */
export function nvrtcPackages(machine: Machine): string[] {
  // CUDA 13 wants driver 580 (CUDA compatibility guide); what it compiles an older one may refuse.
  const branch = Number(machine.nvidia?.version.split('.')[0] ?? 580);
  return [
    nvidiaRepository(machine),
    install(branch >= 580 ? 'cuda-nvrtc-13-0' : 'cuda-nvrtc-12-8'),
  ];
}

/** gdrcopy is in neither distribution (CUDA page of DPDK's GPU driver guide). */
export const GDRCOPY = [
  'git clone https://github.com/NVIDIA/gdrcopy && cd gdrcopy && make lib lib_install driver && ./insmod.sh',
];

export const DPDK_PACKAGES = install('libdpdk-dev', 'dpdk-dev', 'build-essential', 'pkg-config');

/** Takes a device from its kernel driver and gives it to another; it lasts until the next start. */
export function bind(address: string, driver: string): string {
  const device = `/sys/bus/pci/devices/${address}`;
  return (
    `echo ${driver} > ${device}/driver_override; ` +
    `echo ${address} > ${device}/driver/unbind; echo ${address} > /sys/bus/pci/drivers_probe`
  );
}

/** Gives a device back to the driver that the kernel itself would choose. */
export function unbind(address: string): string {
  const device = `/sys/bus/pci/devices/${address}`;
  return (
    `echo > ${device}/driver_override; ` +
    `echo ${address} > ${device}/driver/unbind; echo ${address} > /sys/bus/pci/drivers_probe`
  );
}
