import { plugin, type Recording } from '../recorded-machine.js';

const PLUGINS = '/usr/lib/x86_64-linux-gnu/dpdk/pmds-23.0';
const library = (name: string) => `${PLUGINS}/librte_${name}.so.23.0`;
const VFIO = '* igb_uio | uio_pci_generic | vfio-pci';

/** A small virtual machine with DPDK: two CPUs, a virtio card, a kernel without modules, no GPU. */
export const vm: Recording = {
  files: {
    '/etc/os-release': 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"',
    '/proc/sys/kernel/osrelease': '6.18.44',
    '/proc/cmdline': 'console=ttyS0 quiet',
    '/proc/cpuinfo': 'vendor_id\t: AuthenticAMD\nflags\t\t: fpu vme hypervisor',
    '/proc/self/status': 'Uid:\t0\t0\t0\t0\nCapEff:\t000001fffeffffff',
    '/proc/self/limits':
      'Max locked memory         8388608              8388608              bytes',
    '/proc/self/mounts': 'proc /proc proc rw 0 0',
    '/dev/net/tun': '',
    '/sys/module/virtio_net/parameters/napi_tx': 'Y',
    '/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages': '0',
    '/sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages': '0',
    '/sys/kernel/mm/transparent_hugepage/enabled': 'always [madvise] never',
    '/sys/devices/system/cpu/online': '0-1',
    '/sys/devices/system/cpu/isolated': '',
    '/sys/devices/system/node/online': '0',
    [library('net_null')]: plugin('net_null'),
    [library('net_af_packet')]: plugin('net_af_packet'),
    [library('net_tap')]: plugin('net_tun') + plugin('net_tap'),
    [library('net_af_xdp')]: plugin('net_af_xdp'),
    [library('net_virtio')]: plugin('net_virtio', [[0x1af4, 0x1041, 0xffff, 0xffff]], VFIO),
  },
  interfaces: [{ name: 'lo', up: true, type: 772 }],
  pci: [
    {
      path: 'pci0000:00/0000:00:03.0',
      id: '1af4:1041',
      kind: '0x020000',
      driver: 'virtio-pci',
      interfaces: [
        { name: 'eth0', up: true },
        { name: 'eth1', up: false },
      ],
    },
  ],
  answers: {
    dpdk: {
      answer: {
        version: '22.11.11',
        libraries: ['net_null', 'net_af_packet', 'net_tap', 'net_af_xdp', 'net_virtio'].map(
          library,
        ),
      },
    },
    cuda: { devices: { failure: 'libcuda.so.1: cannot open shared object file' } },
  },
};
