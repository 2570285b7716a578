import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { vm } from '../testing/machines/vm.js';
import { expand, plugin, region } from '../testing/recorded-machine.js';
import { driverOf, readDpdk } from './facts/dpdk.js';
import { readInterfaces } from './facts/interfaces.js';
import { Kernel } from './facts/kernel.js';
import { readPci } from './facts/pci.js';
import { readProcess } from './facts/process.js';
import { expandList } from './machine.js';
import { Tree } from './tree.js';

const tree = (files: Record<string, string>) => new Tree(expand({ files }));

test('lists of CPUs as the kernel writes them', () => {
  assert.deepEqual(expandList('0-3,8,10-11'), [0, 1, 2, 3, 8, 10, 11]);
  assert.deepEqual(expandList('0'), [0]);
  assert.deepEqual(expandList(''), []);
});

test('regions: memory only, their size and whether they may be prefetched', () => {
  const root = expand({
    files: {},
    pci: [
      {
        path: 'pci0000:00/0000:00:05.0',
        id: '10de:2335',
        kind: '0x030200',
        regions: [
          '0x00000000fb000000 0x00000000fbffffff 0x0000000000040200',
          region(0x3c00_0000_0000n, 256n << 30n),
          '0x000000000000e000 0x000000000000e07f 0x0000000000040101',
        ],
      },
    ],
  });
  const [gpu] = readPci(new Tree(root));
  assert.deepEqual(gpu.bars, [
    { index: 0, bytes: 16 << 20, prefetchable: false },
    { index: 1, bytes: 256 * 2 ** 30, prefetchable: true },
  ]);
  assert.deepEqual([gpu.vendor, gpu.device, gpu.kind], [0x10de, 0x2335, 0x0302]);
  assert.deepEqual([gpu.numaNode, gpu.driver, gpu.iommuGroup], [-1, undefined, undefined]);
});

test('interfaces know the card behind them, through what lies between', () => {
  const found = readInterfaces(new Tree(expand(vm)));
  assert.deepEqual(
    found.map(({ name, up, pci }) => [name, up, pci]),
    [
      ['eth0', true, '0000:00:03.0'],
      ['eth1', false, '0000:00:03.0'],
      ['lo', true, undefined],
    ],
  );
});

test('capabilities, user and limits of a process', () => {
  const { has, root, memlock } = readProcess(
    tree({
      '/proc/self/status': 'Name:\tnode\nUid:\t1000\t0\t0\t0\nCapEff:\t0000000000002000',
      '/proc/self/limits':
        'Max locked memory         65536                unlimited            bytes',
    }),
  );
  assert.deepEqual([has('NET_RAW'), has('NET_ADMIN'), has('IPC_LOCK')], [true, false, false]);
  assert.deepEqual([root, memlock], [true, 65_536]);
  const nothing = readProcess(tree({}));
  assert.deepEqual(
    [nothing.has('NET_RAW'), nothing.root, nothing.memlock],
    Array(3).fill(undefined),
  );
});

test('modules: loaded, built in, to be had, not there, not to be known', () => {
  const folder = '/lib/modules/6.1';
  const kernel = new Kernel(
    tree({
      '/proc/sys/kernel/osrelease': '6.1',
      '/proc/modules': 'gdrdrv 1 0 - Live 0x0',
      '/sys/module/gdrdrv/refcnt': '0',
      [`${folder}/modules.dep`]: 'updates/dkms/nvidia-peermem.ko.xz: updates/dkms/nvidia.ko.xz',
      [`${folder}/modules.builtin`]: 'kernel/drivers/vfio/pci/vfio-pci.ko',
    }),
  );
  const names = ['gdrdrv', 'vfio-pci', 'nvidia_peermem', 'nvidia-peermem', 'peermem', 'igb_uio'];
  assert.deepEqual(
    names.map((name) => kernel.module(name)),
    ['loaded', 'loaded', 'available', 'available', 'missing', 'missing'],
  );
  const sealed = new Kernel(tree({ '/sys/module/virtio_net/x': '' }));
  assert.equal(sealed.module('gdrdrv'), 'missing');
  assert.equal(new Kernel(tree({})).module('gdrdrv'), 'unknown');
});

test('the kernel’s config, packed or beside it', () => {
  const root = expand({ files: { '/proc/cmdline': 'ro isolcpus=2-7 quiet' } });
  writeFileSync(join(root, 'proc/config.gz'), gzipSync('CONFIG_A=y\n# CONFIG_B is not set\n'));
  const kernel = new Kernel(new Tree(root));
  assert.deepEqual([kernel.config('A'), kernel.config('B')], [true, false]);
  assert.equal(new Kernel(tree({})).config('A'), undefined);
  assert.deepEqual([kernel.parameter('isolcpus'), kernel.parameter('iso')], ['2-7', undefined]);
});

test('DPDK by its files alone: version, drivers, and the cards they know', () => {
  const libraries = '/usr/lib/x86_64-linux-gnu';
  const dpdk = readDpdk(
    tree({
      '/var/lib/dpkg/status':
        'Package: librte-eal23\nStatus: install ok installed\nVersion: 22.11.11-0+deb12u1\n',
      [`${libraries}/librte_eal.so.23`]: 'ELF\0DPDK_PLUGIN_PATH=/usr/lib/pmds\0\0',
      '/usr/lib/pmds/librte_net_ring.so': 'says nothing of itself',
      '/usr/lib/pmds/librte_net_ice.so': plugin('net_ice', [[0x8086, 0x1592, 0xffff, 0xffff]]),
      '/usr/lib/pmds/librte_net_bad.so': 'PMD_INFO_STRING= {not json}\0',
      '/usr/lib/pmds/librte_crypto_null.so': plugin('crypto_null'),
    }),
    { failure: 'not built' },
  );
  assert.deepEqual([dpdk.version, dpdk.installed, dpdk.failure], ['22.11.11', true, 'not built']);
  assert.deepEqual(
    dpdk.drivers.map(({ plugin }) => plugin),
    ['net_bad', 'net_ice', 'net_ring'],
  );
  assert.equal(driverOf(dpdk, { vendor: 0x8086, device: 0x1592 })?.name, 'net_ice');
  assert.equal(driverOf(dpdk, { vendor: 0x8086, device: 0x1593 }), undefined);
});
