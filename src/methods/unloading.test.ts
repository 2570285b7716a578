import assert from 'node:assert/strict';
import { after, afterEach, describe, it } from 'node:test';
import fc from 'fast-check';
import { Eal } from '../dpdk/eal.js';
import { Mempool } from '../dpdk/mempool.js';
import { Status } from '../gpudev/comm-list.js';
import { native } from '../memory/native.js';
import { frameOf } from '../testing/capture-files.js';
import { MbufArray } from '../testing/mbuf-array.js';
import { random } from '../testing/random.js';
import { UnloadStand } from '../testing/unload-stand.js';

const { READY, DONE, ERROR } = Status;

/** Bytes of frame in an mbuf of these tests: longer frames are chained. */
const ROOM = 256;

Eal.start();
const inDevice = Mempool.create({ name: 'device', mbufs: 256, frameBytes: ROOM });
const inHost = Mempool.create({ name: 'host', mbufs: 128, frameBytes: ROOM });
const stands: UnloadStand[] = [];

function standOf(items: number, burst: number): UnloadStand {
  const stand = new UnloadStand(inDevice, inHost, items, burst);
  stands.push(stand);
  return stand;
}

const small = (count: number, seed: number) =>
  Array.from({ length: count }, (_, i) => frameOf(60, 100 * seed + i));

describe('unloading', () => {
  afterEach(async () => {
    for (const stand of stands.splice(0)) await stand.close();
    assert.equal(inDevice.available, inDevice.size, 'mbufs are missing');
    assert.equal(inHost.available, inHost.size, 'twins are missing');
  });
  after(() => {
    for (const pool of [inDevice, inHost]) pool.free();
    Eal.stop();
  });

  it('shows an item DONE when the device has written its twins, not before', () => {
    const stand = standOf(4, 8);
    stand.hand(small(3, 1));
    assert.equal(stand.sendable(), READY);
    assert.deepEqual(stand.launches, [3]);
    stand.step();
    assert.equal(stand.sendable(), READY, 'the bytes are there, nobody was told');
    assert.equal(inDevice.available, inDevice.size - 3, 'they might yet be needed');
    stand.step();
    assert.equal(stand.sendable(), DONE);
    assert.equal(inDevice.available, inDevice.size);
    assert.equal(stand.sendable(), DONE, 'and takes over once');
    stand.send();
  });

  it('launches one kernel for what became DONE meanwhile, chained segments included', () => {
    const stand = standOf(16, 4);
    stand.hand(small(1, 0));
    stand.sendable();
    for (let n = 1; n < 9; n++) stand.hand([frameOf(60, n), frameOf(2 * ROOM, n)]);
    stand.sendable();
    assert.equal(stand.launches[0], 1);
    assert.equal(stand.launches.length, 2, 'eight items are worth a batch beside the first');
    assert.ok(stand.launches[1] >= 8 * 3, `${stand.launches[1]} segments`);
    stand.stepAll();
    while (stand.sendable() === DONE) stand.send();
    assert.equal(stand.freed, 9);
  });

  it('gives a quick device batches all the same, while the lcore has something to send', () => {
    const [items, all] = [16, 160];
    const stand = standOf(items, 4);
    while (stand.freed < all) {
      while (stand.handed < all && stand.handed - stand.freed < items)
        stand.hand(small(4, stand.handed));
      const status = stand.sendable();
      // It is through with a batch before anybody looks again.
      stand.stepAll();
      if (status === DONE) stand.send();
    }
    assert.ok(stand.launches.length <= all / 7, `${stand.launches.length} launches`);
    assert.equal(
      stand.launches.reduce((sum, segments) => sum + segments, 0),
      4 * all,
    );
  });

  it('brings no more back than will soon be sent', () => {
    const stand = standOf(60, 128);
    const [frame] = small(1, 1);
    for (let n = 0; n < 40; n++) stand.hand([frame]);
    for (let looks = 0; looks < 40; looks++) {
      stand.sendable();
      stand.stepAll();
    }
    // Three batches of 1024 packets, that is of 8 items.
    const brought = stand.launches.reduce((sum, segments) => sum + segments, 0);
    assert.equal(brought, 24);
    while (stand.sendable() === DONE) {
      stand.send();
      stand.stepAll();
    }
    for (let looks = 0; stand.freed < 40; looks++) {
      assert.ok(looks < 100, 'stuck');
      stand.stepAll();
      if (stand.sendable() === DONE) stand.send();
    }
  });

  it('gives no twins to items that failed or have no packets', () => {
    const stand = standOf(4, 4);
    stand.hand(small(2, 1), ERROR);
    stand.hand([]);
    stand.hand(small(2, 2));
    assert.equal(stand.sendable(), READY);
    assert.deepEqual(stand.launches, [2]);
    stand.stepAll();
    const seen = [];
    while (stand.freed < 3) {
      seen.push(stand.sendable());
      stand.send();
    }
    assert.deepEqual(seen, [ERROR, DONE, DONE]);
  });

  it('waits while the pool has no twins, and goes on when it has', () => {
    const stand = standOf(8, 4);
    const taken = new MbufArray(inHost.size);
    assert.ok(taken.allocate(inHost, inHost.size - 6));
    for (let n = 0; n < 3; n++) stand.hand(small(4, n));
    stand.sendable();
    assert.deepEqual(stand.launches, [4], 'one item has all its twins, the next has not');
    stand.stepAll();
    assert.equal(stand.sendable(), DONE);
    stand.send();
    assert.equal(stand.sendable(), READY);
    assert.deepEqual(stand.launches, [4, 4]);
    taken.free(0, inHost.size - 6);
    taken.release();
    for (let looks = 0; stand.freed < 3; looks++) {
      assert.ok(looks < 100, 'stuck');
      stand.stepAll();
      if (stand.sendable() === DONE) stand.send();
    }
  });

  it('ends with what the device ends with: mbufs are in their items, twins beside them', () => {
    const stand = standOf(4, 4);
    stand.hand(small(3, 1));
    stand.failing = new Error('the device is lost');
    assert.throws(() => stand.sendable(), stand.failing);
    assert.equal(inDevice.available, inDevice.size - 3);
    assert.equal(stand.waiting, 3);
    native.mbufFree(stand.list.mbufsAddress(0), 3);
    stand.freeTwins();
  });

  it('brings every frame out, in order, whatever comes between', async () => {
    const lengths = fc.array(fc.oneof(fc.nat(70), fc.nat(3 * ROOM)), { maxLength: 5 });
    const shape = fc.record({
      items: fc.integer({ min: 1, max: 12 }),
      bursts: fc.array(lengths, { maxLength: 60 }),
      seed: fc.string(),
    });
    await fc.assert(
      fc.asyncProperty(shape, async ({ items, bursts, seed }) => {
        const stand = standOf(items, 5);
        const draw = random(seed);
        for (let looks = 0; stand.freed !== bursts.length; looks++) {
          assert.ok(looks < 20_000, `stuck: ${stand.handed} handed on, ${stand.freed} freed`);
          const what = Math.floor(draw() * 3);
          const { handed, freed } = stand;
          if (what === 0 && handed < bursts.length && handed - freed < items)
            stand.hand(bursts[handed].map((n, i) => frameOf(n, 7 * handed + i)));
          else if (what === 1) stand.step();
          else if (stand.sendable() === DONE) stand.send();
        }
        stand.stepAll();
        await stands.pop()?.close();
      }),
      { numRuns: 150 },
    );
  });
});
