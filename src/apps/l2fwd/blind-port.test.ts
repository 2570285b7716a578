import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Port } from '../../dpdk/port.js';
import { coded } from '../../testing/test-gpu.js';
import {
  readsToSend,
  refuseCpuAccess,
  refuseSeeingPort,
  refuseUnsplit,
  splitsItself,
} from './blind-port.js';
import { L2FWD_DEFAULTS } from './options.js';
import type { CpuAccess } from './packet-memory.js';

const ACCESS: CpuAccess[] = ['full', 'write', 'none'];
const CODES = { write: 'MEMORY_WRITE_ONLY', none: 'MEMORY_UNREACHABLE' } as const;

/** Asserts that a call is refused from this access on downward, and not before. */
function refusedFrom(first: CpuAccess | undefined, call: (access: CpuAccess) => void): void {
  const from = first === undefined ? ACCESS.length : ACCESS.indexOf(first);
  for (const [i, access] of ACCESS.entries()) {
    if (i < from || access === 'full') call(access);
    else assert.throws(() => call(access), coded(CODES[access]), access);
  }
}

describe('ports for packets in device memory', () => {
  for (const [driver, devargs, first, reads] of [
    ['net_null', 'net_null0,size=64', undefined, false],
    ['net_null', 'net_null0,copy=0', undefined, false],
    ['net_null', 'net_null0,size=64,copy=1', 'none', true],
    ['net_ring', 'net_ring0', undefined, false],
    ['mlx5_pci', '0000:01:00.0', undefined, false],
    ['net_memif', 'net_memif0,role=server', 'none', true],
    ['net_tap', 'net_tap0', 'none', true],
    ['net_af_xdp', 'net_af_xdp0,iface=a', 'none', true],
    ['net_pcap', 'net_pcap0,rx_pcap=a.pcap', 'none', false],
    ['net_pcap', 'net_pcap0,rx_pcap=tx_pcap', 'none', false],
    ['net_pcap', 'net_pcap0,rx_pcap=a.pcap,tx_pcap=b.pcap', 'none', true],
    ['net_pcap', 'net_pcap0,rx_iface=eth0,tx_iface=eth1', 'none', true],
    ['net_pcap', 'net_pcap0,iface=eth0', 'none', true],
  ] as const)
    it(`${devargs}: ${first === undefined ? 'any' : 'what the CPU can write'}`, () => {
      const port = { devargs, info: { driver } } as unknown as Port;
      refusedFrom(first, (access) => refuseSeeingPort(port, 'cuda:0', access));
      assert.equal(readsToSend(port), reads);
    });

  it('--header-split: a port that splits itself, or memory the CPU writes', () => {
    const NIC = { rxOffloads: 2 ** 20 + 2 ** 3, splitPools: 32, splitHeaders: -95 };
    const portOf = (driver: string, info: object) => {
      const port = { devargs: driver, info: { driver, ...info } };
      return Object.assign(Object.create(Port.prototype), port) as Port;
    };
    for (const [port, itself] of [
      [portOf('mlx5_pci', NIC), true],
      [portOf('mlx5_pci', { ...NIC, rxOffloads: 2 ** 21 }), false],
      [portOf('mlx5_pci', { ...NIC, splitPools: 0 }), false],
      // net_ice splits behind headers of its choice, not behind a number of bytes.
      [portOf('mlx5_pci', { ...NIC, splitHeaders: 6 }), false],
      [portOf('net_ice', NIC), false],
      [portOf('net_ring', { ...NIC, rxOffloads: 0 }), false],
    ] as const) {
      assert.equal(splitsItself(port), itself, JSON.stringify(port.info));
      for (const access of ['full', 'write'] as const) refuseUnsplit(port, 'cuda:0', access);
      const refuse = () => refuseUnsplit(port, 'cuda:0', 'none');
      if (itself) refuse();
      else assert.throws(refuse, coded('HEADER_SPLIT', /CPU does not reach cuda:0 memory/));
    }
    const xdp = portOf('net_af_xdp', { ...NIC, rxOffloads: 0 });
    const refused = () => refuseUnsplit(xdp, 'software', 'full');
    assert.throws(refused, coded('HEADER_SPLIT', /net_af_xdp .*one segment/));
  });

  it('--method cpu reads what the CPU should not; --verify is the device there', () => {
    const options = { ports: [], ...L2FWD_DEFAULTS };
    const refuse = (given: object) => (access: CpuAccess) =>
      refuseCpuAccess({ ...options, ...given }, 'cuda:0', access);
    refusedFrom(undefined, refuse({}));
    refusedFrom(undefined, refuse({ verify: true }));
    refusedFrom('write', refuse({ method: 'cpu' }));
  });
});
