import assert from 'node:assert/strict';
import { test } from 'node:test';
import { server } from '../testing/machines/server.js';
import { expand } from '../testing/recorded-machine.js';
import { chainOf, type PciDevice } from './facts/pci.js';
import { Machine } from './machine.js';
import { nearness, pathsOf } from './topology.js';

function at(path: string, numaNode = -1): PciDevice {
  const chain = chainOf(`/sys/devices/${path}`);
  const address = chain.at(-1) as string;
  return { address, chain, vendor: 0, device: 0, kind: 0, numaNode, bars: [] };
}

const SWITCH = 'pci0000:15/0000:15:01.0/0000:16:00.0';
const GPU = at(`${SWITCH}/0000:17:00.0/0000:18:00.0`, 0);

const cases: [string, PciDevice, number[], string, string?][] = [
  ['one switch', at(`${SWITCH}/0000:17:01.0/0000:19:00.0`), [0, 1], 'PIX', '0000:16:00.0'],
  [
    'two functions of a port',
    at(`${SWITCH}/0000:17:00.0/0000:18:00.1`),
    [0],
    'PIX',
    '0000:17:00.0',
  ],
  [
    'a switch below the switch',
    at(`${SWITCH}/0000:17:01.0/0000:1a:00.0/0000:1b:00.0/0000:1c:00.0`),
    [0, 1],
    'PXB',
    '0000:16:00.0',
  ],
  ['another root port', at('pci0000:15/0000:15:02.0/0000:20:00.0'), [0, 1], 'PHB', 'pci0000:15'],
  ['another root, same node', at('pci0000:30/0000:30:01.0/0000:31:00.0', 0), [0, 1], 'NODE'],
  ['another root, another node', at('pci0000:97/0000:97:01.0/0000:98:00.0', 1), [0, 1], 'SYS'],
  ['another root, the only node', at('pci0000:97/0000:97:01.0/0000:98:00.0'), [0], 'NODE'],
  ['another root, no node said', at('pci0000:97/0000:97:01.0/0000:98:00.0'), [0, 1], 'unknown'],
  ['another root, nodes unknown', at('pci0000:97/0000:97:01.0/0000:98:00.0'), [], 'unknown'],
];

for (const [title, other, nodes, expected, over] of cases) {
  test(`${title}: ${expected}, seen from either end`, () => {
    const found = nearness(GPU, other, nodes);
    assert.equal(found.nearness, expected);
    assert.equal(found.over, over);
    assert.deepEqual(nearness(other, GPU, nodes), found);
  });
}

test('the chain of a device skips what is no PCI function, and takes wide domains', () => {
  assert.deepEqual(chainOf('/sys/devices/pci0000:00/0000:00:03.0/virtio2/net/eth0'), [
    'pci0000:00',
    '0000:00:03.0',
  ]);
  assert.deepEqual(chainOf('/sys/devices/pci10000:e0/10000:e0:06.0/10000:e1:00.0'), [
    'pci10000:e0',
    '10000:e0:06.0',
    '10000:e1:00.0',
  ]);
});

test('the paths of a two-socket server, each GPU’s nearest card first', async () => {
  const { gpus, nics, nodes } = await Machine.look(expand(server));
  const found = pathsOf(gpus, nics, nodes).map(
    ({ gpu, nic, nearness }) => `${gpu.address} ${nearness} ${nic.pci.address}`,
  );
  assert.deepEqual(found, [
    '0000:18:00.0 PIX 0000:19:00.0',
    '0000:18:00.0 NODE 0000:31:00.0',
    '0000:18:00.0 SYS 0000:b1:00.0',
    '0000:9a:00.0 NODE 0000:b1:00.0',
    '0000:9a:00.0 SYS 0000:19:00.0',
    '0000:9a:00.0 SYS 0000:31:00.0',
  ]);
});
