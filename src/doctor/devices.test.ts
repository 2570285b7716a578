import assert from 'node:assert/strict';
import { test } from 'node:test';
import { laptop } from '../testing/machines/laptop.js';
import { server } from '../testing/machines/server.js';
import { vm } from '../testing/machines/vm.js';
import { expand, type Recording } from '../testing/recorded-machine.js';
import { type DevicesReport, devicesOf } from './devices.js';
import { Machine } from './machine.js';

const look = async (recording: Recording) => devicesOf(await Machine.look(expand(recording)));

const usable = ({ gpus, ports }: DevicesReport) =>
  [...gpus, ...ports].filter(({ verdict }) => verdict === 'works').map(({ option }) => option);

function port({ ports }: DevicesReport, option: string) {
  const found = ports.find((each) => each.option.startsWith(`--port ${option}`));
  assert.ok(found, option);
  return found;
}

test('a virtual machine: what its DPDK has drivers for, and interfaces that are up', async () => {
  const report = await look(vm);
  assert.deepEqual(usable(report), [
    '--device software',
    '--port net_af_packet0,iface=eth0',
    '--port net_af_packet2,iface=lo',
    '--port net_null0,size=64',
    '--port net_tap0,iface=warp0',
  ]);
  assert.deepEqual(port(report, 'net_af_packet1').mend, ['ip link set eth1 up']);
  assert.match(port(report, 'net_memif0').reason, /the DPDK here has no net_memif/);
  // Only opening one tells, so it is not among those that work, nor among those that do not.
  assert.equal(port(report, 'net_af_xdp0').verdict, 'unknown');
  assert.equal(port(report, '0000:00:03.0').verdict, 'cannot');
});

test('an ordinary user is told which capability each port takes', async () => {
  const status = 'Uid:\t1000\t1000\t1000\t1000\nCapEff:\t0000000000000000';
  const report = await look({ ...vm, files: { ...vm.files, '/proc/self/status': status } });
  assert.deepEqual(usable(report), ['--device software', '--port net_null0,size=64']);
  assert.equal(port(report, 'net_af_packet0').reason, 'packet sockets take CAP_NET_RAW');
  assert.deepEqual(port(report, 'net_af_packet0').mend, ['sudo warpline …']);
  assert.match(port(report, 'net_tap0').reason, /CAP_NET_ADMIN/);
});

test('a kernel without AF_XDP is known by its config', async () => {
  const config = '# CONFIG_XDP_SOCKETS is not set';
  const report = await look({ ...vm, files: { ...vm.files, '/boot/config-6.18.44': config } });
  assert.equal(port(report, 'net_af_xdp0').verdict, 'cannot');
});

test('a server: GPUs by number, cards by address, with the driver that has them', async () => {
  const report = await look(server);
  assert.deepEqual(usable(report), [
    '--device cuda:0',
    '--device cuda:1',
    '--device software',
    '--port 0000:19:00.0',
    '--port 0000:31:00.0',
    '--port 0000:b1:00.0',
    '--port net_null0,size=64',
  ]);
  assert.equal(port(report, '0000:b1:00.0').what, 'net_ice, bound to vfio-pci');
});

const card = (driver: string, more: object = {}) =>
  server.pci?.map((each) => (each.path.endsWith('b1:00.0') ? { ...each, driver, ...more } : each));

test('a card bound to its kernel driver, or to one for physical addresses, must be rebound', async () => {
  const interfaces = [{ name: 'ens3', up: true }];
  const kernels = port(await look({ ...server, pci: card('ice', { interfaces }) }), '0000:b1:00.0');
  assert.equal(kernels.verdict, 'if');
  assert.match(kernels.reason, /bound to ice, not vfio-pci \(the kernel loses ens3, which is up\)/);
  assert.match(
    kernels.mend.join(),
    /^echo vfio-pci > \/sys\/bus\/pci\/devices\/0000:b1:00\.0\/driver_override/,
  );

  const uio = port(await look({ ...server, pci: card('igb_uio') }), '0000:b1:00.0');
  assert.match(uio.reason, /bound to igb_uio, not vfio-pci/);
});

test('a card without an IOMMU, or in a group with others, is not for vfio-pci as it is', async () => {
  const alone = port(
    await look({ ...server, pci: card('vfio-pci', { group: undefined }) }),
    '0000:b1:00.0',
  );
  assert.match(alone.mend.join(), /intel_iommu=on iommu=pt /);
  const shared = port(
    await look({ ...server, pci: card('vfio-pci', { group: '12' }) }),
    '0000:b1:00.0',
  );
  assert.match(shared.reason, /IOMMU group 12 is shared with 0000:31:00\.0 \(mlx5_core\)/);
});

test('a vfio group without its file', async () => {
  const { '/dev/vfio/40': _, ...files } = server.files;
  const { verdict, reason } = port(await look({ ...server, files }), '0000:b1:00.0');
  assert.deepEqual([verdict, reason], ['if', '/dev/vfio/40 is not there, or may not be opened']);
});

test('verbs devices that are not there: how to have them', async () => {
  const { '/dev/infiniband/uverbs0': _0, '/dev/infiniband/uverbs1': _1, ...files } = server.files;
  const { verdict, mend } = port(await look({ ...server, files }), '0000:19:00.0');
  assert.equal(verdict, 'if');
  assert.deepEqual(mend, ['apt-get install -y rdma-core', 'modprobe -a ib_uverbs mlx5_ib']);
});

test('without DPDK nothing can be used, and each line says why', async () => {
  const report = await look(laptop);
  assert.deepEqual(usable(report), []);
  for (const { reason, option } of report.ports)
    assert.match(reason, /^DPDK is not installed/, option);
});
