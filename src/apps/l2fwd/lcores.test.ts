import assert from 'node:assert/strict';
import { it } from 'node:test';
import { methods } from '../../methods/table.js';
import { lcoresPerPath } from './lcores.js';
import { L2FWD_DEFAULTS, type L2fwdOptions, METHODS } from './options.js';
import { runL2fwd } from './run.js';

const NULL = 'net_null0,size=64';

function lcores(method: keyof typeof methods, given: Partial<L2fwdOptions>): number {
  return lcoresPerPath({ ports: [NULL], ...L2FWD_DEFAULTS, ...given }, methods[method]);
}

it('one lcore is at both ends where they only pass mbufs on', () => {
  assert.equal(lcores('persistent', {}), 1);
  assert.equal(lcores('io', { memory: 'gpu' }), 1);
  for (const port of [
    '0000:3b:00.0,arg=1',
    '3b:00.1',
    'traffic0,size=64',
    'net_ring0',
    'net_null1',
  ])
    assert.equal(lcores('persistent', { ports: [NULL, port] }), 1, port);
});

it('two share what more there is to do', () => {
  for (const method of ['launch', 'stream', 'graph'] as const) assert.equal(lcores(method, {}), 2);
  assert.equal(lcores('persistent', { verify: true }), 2);
  assert.equal(lcores('persistent', { memory: 'staged' }), 2);
  assert.equal(lcores('persistent', { headerSplit: 64 }), 2);
  assert.equal(lcores('persistent', { ports: [] }), 2, 'a capture');
  for (const port of ['net_memif0,id=0', 'net_pcap0,rx_pcap=a', 'net_null0,size=64,copy=1'])
    assert.equal(lcores('persistent', { ports: [NULL, port] }), 2, port);
});

it('--lcores decides where it is given', () => {
  assert.equal(lcores('persistent', { lcores: 2 }), 2);
  assert.equal(lcores('launch', { lcores: 1, memory: 'staged', verify: true }), 1);
});

for (const method of ['io', 'launch', 'persistent', 'stream', 'graph'] as const)
  it(`${method}: one lcore between two ports, and on two queues`, async () => {
    const between = { ports: ['net_null0,size=64', 'net_null1,size=60'], pipelines: 2 };
    const given = { ...between, device: 'software', method, lcores: 1, packets: 60_000, burst: 16 };
    const result = await runL2fwd(given);
    assert.equal(result.error, undefined);
    assert.equal(result.lcores, 1);
    assert.deepEqual([result.rx.packets, result.tx.packets], [60_000, 60_000]);
    assert.equal(result.mempool.available, result.mempool.size);
    // What a port receives goes out of the other one.
    for (const { port, queue, rx } of result.queues) {
      const there = result.queues.find((one) => one.port !== port && one.queue === queue);
      assert.deepEqual(there?.tx, rx);
    }
  });

for (const method of METHODS)
  it(`${method}: one way, from the first port to the second`, async () => {
    const ports = ['net_null0,size=64', 'net_null1,size=60'];
    const given = { ports, oneWay: true, pipelines: 2, device: 'software', method, burst: 16 };
    const result = await runL2fwd({ ...given, packets: 20_000, verify: true });
    assert.equal(result.error, undefined);
    assert.deepEqual([result.rx.packets, result.tx.packets], [20_000, 20_000]);
    assert.deepEqual(result.verify, { checked: 20_000, wrong: 0 });
    const received = result.stages.filter(({ stage }) => /^(rx|all)\d/.test(stage));
    assert.equal(received.length, 2);
    assert.equal(
      received.reduce((sum, { packets }) => sum + packets, 0),
      20_000,
    );
    const moved = result.queues.map(({ port, rx, tx }) => [port, rx.packets > 0, tx.packets > 0]);
    assert.deepEqual(
      moved.toSorted(([a], [b]) => Number(a) - Number(b)),
      [...Array(2).fill([0, true, false]), ...Array(2).fill([1, false, true])],
    );
    assert.equal(result.mempool.available, result.mempool.size);
  });
