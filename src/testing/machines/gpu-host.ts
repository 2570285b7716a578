import { NO_REGION, plugin, type Recording, region } from '../recorded-machine.js';

const NULL = '/opt/warpline/lib/librte_net_null.so.23';

/** One H200 in a virtual machine, driver and compiler, no Vulkan, no network card on the bus. */
export const gpuHost: Recording = {
  files: {
    '/etc/os-release': 'PRETTY_NAME="Ubuntu 22.04.5 LTS"\nID=ubuntu\nVERSION_ID="22.04"',
    '/proc/sys/kernel/osrelease': '6.8.0-1030',
    '/proc/cmdline': 'ro iommu=pt',
    '/proc/cpuinfo': 'vendor_id\t: GenuineIntel\nflags\t\t: fpu vme hypervisor',
    '/proc/modules': 'nvidia 1 1 - Live 0x0\nnvidia_uvm 1 0 - Live 0x0',
    '/proc/self/status': 'Uid:\t0\t0\t0\t0\nCapEff:\t00000000a80425fb',
    '/proc/self/limits':
      'Max locked memory         unlimited            unlimited            bytes',
    '/proc/self/mounts': 'proc /proc proc rw 0 0',
    '/proc/driver/nvidia/version':
      'NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.159.03  Release Build',
    '/lib/modules/6.8.0-1030/modules.dep': 'updates/dkms/nvidia-peermem.ko: updates/dkms/nvidia.ko',
    '/sys/module/nvidia/version': '580.159.03',
    '/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages': '512',
    '/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages': '512',
    '/sys/kernel/mm/transparent_hugepage/enabled': '[always] madvise never',
    '/sys/kernel/iommu_groups/0/type': 'identity',
    '/sys/devices/system/cpu/online': '0-15',
    '/sys/devices/system/cpu/isolated': '',
    '/sys/devices/system/node/online': '0',
    '/usr/lib/x86_64-linux-gnu/libcuda.so.1': '',
    [NULL]: plugin('net_null'),
  },
  interfaces: [{ name: 'lo', up: true, type: 772 }],
  pci: [
    {
      path: 'pci0000:00/0000:00:05.0',
      id: '10de:2335',
      kind: '0x030200',
      driver: 'nvidia',
      group: '0',
      regions: [
        region(0x3fff_f000_0000n, 16n << 20n),
        NO_REGION,
        region(0x3c00_0000_0000n, 256n << 30n),
        NO_REGION,
        region(0x3fff_f200_0000n, 32n << 20n),
        NO_REGION,
      ],
      link: ['32.0 GT/s PCIe', 16],
    },
  ],
  answers: {
    dpdk: { answer: { version: '22.11.11', libraries: [NULL] } },
    cuda: {
      devices: {
        answer: [
          {
            index: 0,
            name: 'NVIDIA H200',
            bus: '0000:00:05.0',
            memory: 150_754_820_096,
            architecture: 90,
            dmaBuf: true,
            opens: { answer: true },
            cpuMappable: false,
          },
        ],
      },
      compiler: { answer: '13.0' },
    },
  },
};
