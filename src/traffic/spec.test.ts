import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { coded } from '../testing/test-gpu.js';
import { isTraffic, trafficSpec } from './spec.js';

const read = (devargs: string) => trafficSpec(devargs, 2048);

describe('devargs of a traffic port', () => {
  it('are told from those of other ports', () => {
    for (const devargs of ['traffic0', 'traffic12,size=64']) assert.ok(isTraffic(devargs));
    for (const devargs of ['net_null0', 'traffic', 'traffics0', 'net_traffic0', '0000:01:00.0'])
      assert.ok(!isTraffic(devargs), devargs);
  });

  it('have what they say, and defaults', () => {
    const devargs = 'traffic0,size=1024,mpps=6.5,frames=1000000,slots=4096';
    const all = {
      devargs,
      name: 'traffic0',
      size: 1024,
      mpps: 6.5,
      frames: 1_000_000,
      slots: 4096,
      check: true,
    };
    assert.deepEqual(read(devargs), all);
    const plain = { devargs: 'traffic1', name: 'traffic1', size: 64, slots: 1024, check: true };
    assert.deepEqual(read('traffic1'), plain);
    assert.deepEqual(read('traffic1,check=1').check, true);
    assert.deepEqual(read('traffic1,check=0').check, false);
    assert.equal(read('traffic1,mpps=0').mpps, undefined);
  });

  it('are refused where they make no sense', () => {
    for (const [bad, says] of [
      ['size', /"size" is no argument with a number/],
      ['size=', /no argument with a number/],
      ['size=big', /no argument with a number/],
      ['size=64.5', /size is a whole number/],
      ['size=59', /size is 60 to 2048 bytes/],
      ['size=2049', /--mbuf-size/],
      ['mpps=-1', /no argument with a number/],
      ['frames=0', /none of its arguments: size, mpps, frames, slots, check/],
      ['slots=1000', /slots is a power of two from 64 to 32768/],
      ['slots=32', /slots is a power of two/],
      ['slots=65536', /slots is a power of two/],
      ['check=2', /none of its arguments/],
      ['speed=3', /none of its arguments/],
    ] as const)
      assert.throws(() => read(`traffic0,${bad}`), coded('PORT_ATTACH', says), bad);
  });
});
