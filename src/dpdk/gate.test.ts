import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { Lcore } from '../lcore/lcore.js';
import { native } from '../memory/native.js';
import { Cable } from '../testing/cable.js';
import { program } from '../testing/lcore-programs.js';
import { Eal } from './eal.js';
import { Mempool } from './mempool.js';
import { Port } from './port.js';

// The driver of memif takes a lost peer's rings down in a thread of its own. The gate keeps it from
// doing so while an lcore is in a burst on them; without it this file ends with SIGSEGV.

/** How often the peer goes. Without the gate a few dozen times were enough. */
const PARTINGS = 100;

Eal.start();
const pool = Mempool.create({ name: 'gate', mbufs: 4096, frameBytes: 2048 });
after(() => {
  pool.free();
  Eal.stop();
});

describe('the gate', { timeout: 60_000 }, () => {
  it('does not stand before the bursts of other drivers', () => {
    const other = Port.attach('net_null9').configure(1, pool).start();
    assert.equal(native.portGated(other.id), false);
    assert.equal(native.portGated(31), false);
    other.close();
  });

  it(`lets a peer go ${PARTINGS} times while an lcore is at its rings`, async () => {
    const cable = new Cable();
    const port = Port.attach(cable.devargs).configure(1, pool).start();
    assert.equal(native.portGated(port.id), true);
    const words = new Int32Array(new SharedArrayBuffer(12));
    const data = { port: port.id, words };
    const lcore = new Lcore({ name: 'test-gate', program: program('echo'), data });
    const frame = new Uint8Array(64).fill(0xab);
    for (let i = 0; i < PARTINGS; i++) {
      const before = native.gateClosings();
      await cable.connect();
      // What is asked of the peer is answered by its thread: the frames are echoed, or it is gone.
      const back = await cable.exchange([frame, frame, frame]);
      assert.equal(back.length, 3);
      for (let n = 0; n < 32; n++) cable.offer(frame);
      cable.close();
      while (port.link.up) native.lcoreYield();
      assert.ok(native.gateClosings() > before);
    }
    Atomics.store(words, 2, 1);
    assert.equal(await lcore.ended, undefined);
    assert.ok(Atomics.load(words, 1) >= PARTINGS);
    port.close();
    assert.equal(pool.available, pool.size);
  });
});
