import assert from 'node:assert/strict';
import { after, afterEach, describe, it } from 'node:test';
import fc from 'fast-check';
import { Eal } from '../dpdk/eal.js';
import { Mempool } from '../dpdk/mempool.js';
import { Status } from '../gpudev/comm-list.js';
import { native } from '../memory/native.js';
import { frameOf } from '../testing/capture-files.js';
import { random } from '../testing/random.js';
import { StagingStand } from '../testing/staging-stand.js';

const { FREE, READY, DONE, ERROR } = Status;

/** Bytes of frame in an mbuf of these tests: longer frames are chained. */
const ROOM = 256;

Eal.start();
const pool = Mempool.create({ name: 'staged', mbufs: 4096, frameBytes: ROOM });
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const stands: StagingStand[] = [];

function standOf(items: number, burst: number): StagingStand {
  const stand = new StagingStand(pool, items, burst, ROOM + 128);
  stands.push(stand);
  return stand;
}

/** Frames of one line each, told apart by what is in them. */
function small(count: number, seed: number): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => frameOf(60, 100 * seed + i));
}

describe('staging', () => {
  afterEach(async () => {
    for (const stand of stands.splice(0)) await stand.close();
    assert.equal(pool.available, pool.size, 'mbufs are missing');
  });
  after(() => {
    pool.free();
    Eal.stop();
  });

  it('makes an item READY when its frames are on the device, not before', () => {
    const stand = standOf(4, 8);
    stand.hand(small(3, 1));
    assert.deepEqual(stand.copies, [{ stream: 0, bytes: 3 * 64 }]);
    assert.equal(stand.status(0), FREE);
    assert.equal(stand.inbound.arrived, 0);
    stand.step(0);
    assert.equal(stand.status(0), FREE, 'the frames have arrived, nobody was told');
    stand.step(0);
    assert.equal(stand.status(0), READY);
    assert.equal(stand.inbound.arrived, 0, 'the count follows the statuses');
    stand.step(0);
    assert.equal(stand.inbound.arrived, 1);
    assert.deepEqual(stand.seenByKernel(0).map(hex), small(3, 1).map(hex));
    stand.finish();
  });

  it('shows an item DONE when its frames are back in their mbufs, not before', () => {
    const stand = standOf(4, 8);
    stand.hand(small(3, 1));
    stand.stepAll(0);
    assert.equal(stand.sendable(), READY);
    stand.serve(0, DONE);
    assert.equal(stand.sendable(), READY, 'it is still to be copied');
    assert.deepEqual(stand.copies.at(-1), { stream: 1, bytes: 3 * 64 });
    stand.step(1);
    assert.equal(stand.sendable(), READY);
    assert.deepEqual(stand.held(0).map(hex), small(3, 1).map(hex), 'nothing is unpacked early');
    stand.step(1);
    assert.equal(stand.sendable(), DONE);
    assert.deepEqual(stand.held(0).map(hex), stand.expected(0).map(hex));
    stand.finish();
  });

  it('unpacks an item once: mbufs the port has taken are its own', () => {
    const stand = standOf(2, 4);
    stand.hand(small(2, 1));
    stand.stepAll(0);
    stand.serve(0, DONE);
    stand.sendable();
    stand.stepAll(1);
    assert.equal(stand.sendable(), DONE);
    stand.scribble(0);
    const scribbled = stand.held(0).map(hex);
    assert.equal(stand.sendable(), DONE);
    assert.deepEqual(stand.held(0).map(hex), scribbled);
    stand.finish(false);
  });

  it('copies together what was handed on meanwhile, and a second batch only when it is worth it', () => {
    const stand = standOf(64, 4);
    for (let n = 0; n < 8; n++) stand.hand(small(1 + (n % 4), n));
    assert.equal(stand.copies.length, 1, 'seven items are too few to go beside the first');
    stand.hand(small(4, 8));
    assert.deepEqual(stand.copies.slice(1), [{ stream: 0, bytes: 64 * (2 + 3 + 4 + 10 + 4) }]);
    for (let n = 9; n < 40; n++) stand.hand(small(1, n));
    assert.equal(stand.copies.length, 2, 'two are under way');
    stand.stepAll(0);
    stand.inbound.move();
    assert.deepEqual(stand.copies.slice(2), [{ stream: 0, bytes: 64 * 31 }]);
    stand.stepAll(0);
    assert.equal(stand.inbound.arrived, 40);
    for (let item = 0; item < 40; item++) stand.serve(item, DONE);
    stand.copies.length = 0;
    stand.sendable();
    assert.deepEqual(stand.copies, [{ stream: 1, bytes: 64 * (10 + 10 + 4 + 31) }]);
    stand.finish();
  });

  it('makes a batch of 64 items at most', () => {
    const stand = standOf(256, 1);
    for (let n = 0; n < 150; n++) stand.hand(small(1, n));
    stand.inbound.close();
    assert.deepEqual(
      stand.copies.map(({ bytes }) => bytes / 64),
      [1, 8, 64, 64, 13],
    );
    stand.finish();
  });

  it('goes round list and ring, with two copies for a batch that goes round the ring', () => {
    const stand = standOf(3, 4);
    let halves = 0;
    for (let n = 0; n < 200; n++) {
      const frames = [1 + (n % 4), 4 - (n % 3)].map((count, i) => small(count, 2 * n + i));
      // The first occupies the stream, so that the two behind it are one batch.
      stand.hand(small(4, 999));
      stand.copies.length = 0;
      for (const one of frames) stand.hand(one);
      stand.stepAll(0);
      stand.inbound.move();
      const lines = frames.flat().length;
      const bytes = stand.copies.reduce((sum, copy) => sum + copy.bytes, 0);
      assert.equal(bytes, 64 * lines);
      if (stand.copies.length === 2) halves++;
      else assert.equal(stand.copies.length, 1);
      stand.finish();
    }
    assert.ok(halves > 2, `${halves} batches went round the ring`);
  });

  it('copies nothing for items without packets, and keeps them in order', () => {
    const stand = standOf(4, 4);
    stand.hand([]);
    stand.hand(small(2, 1));
    stand.hand([]);
    stand.inbound.close();
    assert.deepEqual(stand.copies, [{ stream: 0, bytes: 128 }]);
    assert.equal(stand.status(0), FREE);
    stand.step(0);
    assert.equal(stand.status(0), READY);
    stand.finish();
    assert.equal(stand.freed, 3);
  });

  it('tells of an item whose kernel failed, and copies its neighbours', () => {
    const stand = standOf(8, 4);
    for (let n = 0; n < 4; n++) stand.hand(small(2, n));
    stand.inbound.close();
    stand.stepAll(0);
    stand.copies.length = 0;
    for (let n = 0; n < 4; n++) stand.serve(n, n === 1 ? ERROR : DONE);
    assert.equal(stand.sendable(), READY);
    assert.deepEqual(
      stand.copies.map(({ bytes }) => bytes),
      [128, 256],
    );
    stand.stepAll(1);
    const seen = [];
    for (let n = 0; n < 4; n++) {
      seen.push(stand.sendable());
      stand.free();
    }
    assert.deepEqual(seen, [DONE, ERROR, DONE, DONE]);
  });

  it('ends with what the device ends with, and the mbufs are still in their items', () => {
    const stand = standOf(4, 4);
    stand.hand(small(3, 1));
    stand.failing = new Error('the device is lost');
    assert.throws(() => stand.hand(small(2, 2)) ?? stand.inbound.close(), stand.failing);
    stand.failing = undefined;
    stand.stepAll(0);
    stand.serve(0, DONE);
    stand.failing = new Error('the device is lost');
    assert.throws(() => stand.sendable(), stand.failing);
    assert.deepEqual([stand.list.count(0), stand.list.count(1)], [3, 2]);
    for (const [item, count] of [3, 2].entries())
      native.mbufFree(stand.list.mbufsAddress(item), count);
  });

  it('brings every frame there and back, in order, whatever comes between', async () => {
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
        const left = [...bursts];
        for (let looks = 0; stand.freed !== bursts.length; looks++) {
          assert.ok(looks < 20_000, `stuck: ${stand.handed} handed on, ${stand.freed} freed`);
          const what = Math.floor(draw() * 6);
          if (what === 0 && left.length !== 0 && stand.handed - stand.freed < items)
            stand.hand((left.shift() as number[]).map((n, i) => frameOf(n, 7 * left.length + i)));
          else if (what === 1) stand.inbound.move();
          else if (what === 2 || what === 3) stand.step(what - 2);
          else if (what === 4 && stand.served < stand.handed) {
            if (stand.status(stand.served % items) === READY) {
              const item = stand.served % items;
              assert.deepEqual(stand.seenByKernel(item).map(hex), stand.firsts(item).map(hex));
              stand.serve(item, DONE);
            }
          } else if (what === 5 && stand.freed < stand.handed && stand.sendable() === DONE) {
            const item = stand.freed % items;
            assert.deepEqual(stand.held(item).map(hex), stand.expected(item).map(hex));
            stand.free();
          }
          if (left.length === 0) stand.inbound.close();
        }
        stand.stepAll(0);
        assert.equal(stand.inbound.arrived, bursts.length);
        await stands.pop()?.close();
      }),
      { numRuns: 150 },
    );
  });
});
