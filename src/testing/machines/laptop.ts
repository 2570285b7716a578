import type { Recording } from '../recorded-machine.js';

/** A laptop with nothing of ours: no DPDK, no GPU for CUDA, an ordinary user. */
export const laptop: Recording = {
  files: {
    '/etc/os-release': 'PRETTY_NAME="Ubuntu 24.04.3 LTS"\nID=ubuntu\nVERSION_ID="24.04"',
    '/proc/sys/kernel/osrelease': '6.8.0-60-generic',
    '/proc/cmdline': 'BOOT_IMAGE=/vmlinuz root=/dev/nvme0n1p2 ro quiet',
    '/proc/cpuinfo': 'vendor_id\t: GenuineIntel\nflags\t\t: fpu vme sse2 avx2',
    '/proc/modules': 'e1000e 356352 0 - Live 0x0000000000000000',
    '/proc/self/status': 'Uid:\t1000\t1000\t1000\t1000\nCapEff:\t0000000000000000',
    '/proc/self/limits':
      'Max locked memory         8388608              8388608              bytes',
    '/proc/self/mounts': 'hugetlbfs /dev/hugepages hugetlbfs rw 0 0',
    '/lib/modules/6.8.0-60-generic/modules.dep':
      'kernel/drivers/vfio/pci/vfio-pci.ko.zst: kernel/drivers/vfio/vfio.ko.zst\n' +
      'kernel/drivers/net/tun.ko.zst:',
    '/sys/module/e1000e/refcnt': '0',
    '/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages': '0',
    '/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages': '0',
    '/sys/kernel/mm/transparent_hugepage/enabled': 'always madvise [never]',
    '/sys/kernel/iommu_groups/0/type': 'DMA-FQ',
    '/sys/devices/system/cpu/online': '0-7',
    '/sys/devices/system/cpu/isolated': '',
    '/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor': 'powersave',
    '/sys/devices/system/node/online': '0',
  },
  interfaces: [{ name: 'lo', up: true, type: 772 }],
  pci: [
    {
      path: 'pci0000:00/0000:00:02.0',
      id: '8086:46a6',
      kind: '0x030000',
      driver: 'i915',
      group: '0',
    },
    {
      path: 'pci0000:00/0000:00:1f.6',
      id: '8086:15fc',
      kind: '0x020000',
      driver: 'e1000e',
      group: '1',
      interfaces: [{ name: 'enp0s31f6', up: true }],
    },
  ],
  answers: {
    dpdk: {
      failure: 'the DPDK addon build/dpdk.node does not load: cannot open shared object file',
    },
    cuda: { devices: { failure: 'libcuda.so.1: cannot open shared object file' } },
  },
};
