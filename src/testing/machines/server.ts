import {
  NO_REGION,
  plugin,
  type RecordedPci,
  type Recording,
  region,
} from '../recorded-machine.js';

const PLUGINS = '/usr/lib/x86_64-linux-gnu/dpdk/pmds-23.0';
const library = (name: string) => `${PLUGINS}/librte_${name}.so.23.0`;
const MLX5 = '* ib_uverbs & mlx5_core & mlx5_ib';
const VFIO = '* igb_uio | uio_pci_generic | vfio-pci';

const h100 = (path: string, node: number, group: string): RecordedPci => ({
  path,
  id: '10de:2331',
  kind: '0x030200',
  node,
  driver: 'nvidia',
  group,
  regions: [
    region(0x2000_0000_0000n, 16n << 20n),
    NO_REGION,
    region(0x2100_0000_0000n, 128n << 30n),
    NO_REGION,
    region(0x2200_0000_0000n, 32n << 20n),
    NO_REGION,
  ],
  link: ['32.0 GT/s PCIe', 16],
});

const connectx = (path: string, node: number, group: string, name: string): RecordedPci => ({
  path,
  id: '15b3:1021',
  kind: '0x020000',
  node,
  driver: 'mlx5_core',
  group,
  link: ['32.0 GT/s PCIe', 16],
  interfaces: [{ name, up: true }],
});

const gpu = (index: number, bus: string) => ({
  index,
  name: 'NVIDIA H100 PCIe',
  bus,
  memory: 85_520_809_984,
  architecture: 90,
  dmaBuf: true,
  opens: { answer: true as const },
  cpuMappable: true,
});

/**
 * Two sockets. On the first a switch with a GPU and a ConnectX, and a ConnectX on a root of its
 * own; on the second a GPU below another switch, and a card for vfio-pci.
 */
export const server: Recording = {
  files: {
    '/etc/os-release': 'PRETTY_NAME="Ubuntu 22.04.5 LTS"\nID=ubuntu\nVERSION_ID="22.04"',
    '/proc/sys/kernel/osrelease': '5.15.0-140-generic',
    '/proc/cmdline': 'ro intel_iommu=on iommu=pt isolcpus=2-31 nohz_full=2-31',
    '/proc/cpuinfo': 'vendor_id\t: GenuineIntel\nflags\t\t: fpu vme pdpe1gb',
    '/proc/modules': 'nvidia_peermem 16384 0 - Live 0x0',
    '/proc/self/status': 'Uid:\t0\t0\t0\t0\nCapEff:\t000001ffffffffff',
    '/proc/self/limits':
      'Max locked memory         unlimited            unlimited            bytes',
    '/proc/self/mounts': 'nodev /dev/hugepages hugetlbfs rw,pagesize=1024M 0 0',
    '/proc/driver/nvidia/version':
      'NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.95.05  Release Build',
    '/dev/infiniband/uverbs0': '',
    '/dev/infiniband/uverbs1': '',
    '/dev/vfio/40': '',
    '/dev/net/tun': '',
    '/sys/module/nvidia_peermem/refcnt': '0',
    '/sys/module/gdrdrv/refcnt': '0',
    '/sys/module/ib_uverbs/refcnt': '2',
    '/sys/module/vfio_pci/refcnt': '1',
    '/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages': '0',
    '/sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages': '32',
    '/sys/kernel/mm/hugepages/hugepages-1048576kB/free_hugepages': '30',
    '/sys/kernel/mm/transparent_hugepage/enabled': 'always [madvise] never',
    '/sys/kernel/iommu_groups/10/type': 'identity',
    '/sys/kernel/iommu_groups/40/type': 'identity',
    '/sys/devices/system/cpu/online': '0-63',
    '/sys/devices/system/cpu/isolated': '2-31',
    '/sys/devices/system/cpu/nohz_full': '2-31',
    '/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor': 'performance',
    '/sys/devices/system/node/online': '0-1',
    '/sys/devices/system/node/node0/cpulist': '0-31',
    '/sys/devices/system/node/node1/cpulist': '32-63',
    '/usr/lib/x86_64-linux-gnu/libcuda.so.1': '',
    '/usr/lib/x86_64-linux-gnu/libvulkan.so.1': '',
    '/usr/lib/x86_64-linux-gnu/libGLX_nvidia.so.0': '',
    '/usr/share/vulkan/icd.d/nvidia_icd.json': '{"ICD": {"library_path": "libGLX_nvidia.so.0"}}',
    '/usr/local/lib/libgdrapi.so.2': '',
    [library('net_null')]: plugin('net_null'),
    [library('net_mlx5')]: plugin('mlx5_eth', [[0x15b3, 0x1021, 0xffff, 0xffff]], MLX5),
    [library('net_ice')]: plugin('net_ice', [[0x8086, 0x1592, 0xffff, 0xffff]], VFIO),
  },
  interfaces: [{ name: 'lo', up: true, type: 772 }],
  pci: [
    h100('pci0000:15/0000:15:01.0/0000:16:00.0/0000:17:00.0/0000:18:00.0', 0, '10'),
    connectx('pci0000:15/0000:15:01.0/0000:16:00.0/0000:17:01.0/0000:19:00.0', 0, '11', 'ens1np0'),
    connectx('pci0000:30/0000:30:01.0/0000:31:00.0', 0, '12', 'ens2np0'),
    h100('pci0000:97/0000:97:01.0/0000:98:00.0/0000:99:00.0/0000:9a:00.0', 1, '30'),
    {
      path: 'pci0000:b0/0000:b0:01.0/0000:b1:00.0',
      id: '8086:1592',
      kind: '0x020000',
      node: 1,
      driver: 'vfio-pci',
      group: '40',
    },
  ],
  answers: {
    dpdk: {
      answer: {
        version: '22.11.11',
        libraries: ['net_null', 'net_mlx5', 'net_ice'].map(library),
      },
    },
    cuda: {
      devices: { answer: [gpu(0, '0000:18:00.0'), gpu(1, '0000:9a:00.0')] },
      compiler: { answer: '13.0' },
    },
  },
};
