import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { Eal } from '../../dpdk/eal.js';
import { runL2fwd } from './run.js';

after(() => Eal.stop());

/** While an lcore's program is compiled it makes some garbage. */
const COMPILING = 5;

/*
 * Half a million items: an lcore that made a number's worth of garbage for each, 16 bytes, would have
 * it collected four times in this while, and an lcore whose loop V8 does not inline makes several.
 * serial is not among them: it waits for the device by a call for each item.
 */
describe('no lcore makes garbage while it forwards', () => {
  for (const method of ['io', 'cpu', 'launch', 'persistent', 'stream', 'graph'] as const)
    it(method, async () => {
      const ports = ['net_null0,size=64'];
      const packets = 2_000_000;
      const result = await runL2fwd({ ports, device: 'software', method, burst: 4, packets });
      assert.equal(result.error, undefined);
      const lcores = result.stages.filter(({ kind }) => kind === 'lcore');
      for (const { stage, collections } of lcores)
        assert.ok((collections ?? Infinity) <= COMPILING, `${stage}: ${collections} collections`);
    });

  it('nor does that of a traffic port', async () => {
    const ports = ['traffic0,size=64,check=0'];
    const result = await runL2fwd({ ports, device: 'software', method: 'io', packets: 4_000_000 });
    assert.equal(result.error, undefined);
    const { collections } = result.traffic ?? {};
    assert.ok((collections ?? Infinity) <= COMPILING, `${collections} collections`);
  });
});
