import assert from 'node:assert/strict';
import { after, afterEach, describe, it } from 'node:test';
import fc from 'fast-check';
import { HostMemory, loadAddress, windowAt } from '../memory/memory.js';
import { frameOf } from '../testing/capture-files.js';
import { MbufArray } from '../testing/mbuf-array.js';
import { Eal } from './eal.js';
import { Mempool } from './mempool.js';
import { SEGMENT_BYTES, TWINS_BYTES, Twins } from './twins.js';

/** Bytes of frame in an mbuf of these tests: longer frames are chained. */
const ROOM = 256;
const BURST = 32;
const SLOTS = 512;
/** The device sees buffers elsewhere than the CPU. */
const [FROM_DELTA, TO_DELTA] = [2 ** 44, -(2 ** 20)];

Eal.start();
const pool = Mempool.create({ name: 'first', mbufs: SLOTS, frameBytes: ROOM });
const others = Mempool.create({ name: 'second', mbufs: 256, frameBytes: ROOM });
const mbufs = new MbufArray(BURST);
const asideMemory = new HostMemory(8 * BURST);
const packets = new HostMemory(16 * BURST);
const segments = new HostMemory(SLOTS * SEGMENT_BYTES);
const block = new HostMemory(2 * TWINS_BYTES);
const twins = new Twins(block.window, block.address, {
  pool: others.handle,
  segments: segments.address,
  slots: SLOTS,
  fromDelta: FROM_DELTA,
  toDelta: TO_DELTA,
});
const behind = new Twins(block.window, block.address + TWINS_BYTES, {
  pool: others.handle,
  segments: segments.address,
  slots: SLOTS,
  fromDelta: FROM_DELTA,
  toDelta: TO_DELTA,
  behind: true,
});
const aside = asideMemory.address;

/** What the device does with a segment described to it; gives its length. */
function copySegment(slot: number): number {
  const { u32 } = segments.window;
  const word = (slot * SEGMENT_BYTES) / 4;
  const [from, to, size] = [0, 2, 4].map((part) => loadAddress(u32, word + part));
  const source = view(pool, from - FROM_DELTA, size);
  view(others, to - TO_DELTA, size).set(source);
  assert.equal(from % 64, to % 64, 'both ends lie alike in a cache line');
  return size;
}

function view({ span, window }: Mempool, address: number, bytes: number): Uint8Array {
  const start = address - span.address;
  assert.ok(start >= 0 && start + bytes <= span.bytes, 'no memory of the pool');
  return window.u8.subarray(start, start + bytes);
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const empty = () => windowAt(aside, 8 * BURST).u8.every((byte) => byte === 0);

describe('twins', () => {
  afterEach(() => {
    assert.equal(pool.available, pool.size, 'mbufs are missing');
    assert.equal(others.available, others.size, 'twins are missing');
    assert.ok(empty());
  });
  after(() => {
    for (const one of [asideMemory, packets, segments, block]) one.release();
    mbufs.release();
    for (const one of [pool, others]) one.free();
    Eal.stop();
  });

  it('have the shape of the frames, and, once somebody has copied the bytes, take their place', () => {
    const lengths = fc.array(fc.oneof(fc.integer({ min: 1, max: 70 }), fc.nat(6 * ROOM)), {
      minLength: 1,
      maxLength: BURST,
    });
    fc.assert(
      fc.property(lengths, (all) => {
        const frames = all.map((length, i) => frameOf(length, i));
        mbufs.fill(pool, frames);
        const held = pool.size - pool.available;
        const first = twins.next;
        assert.ok(twins.make(mbufs.at(0), aside, frames.length));
        assert.equal(others.size - others.available, held, 'a twin for each segment');
        let bytes = 0;
        for (let i = 0; i < twins.described; i++) bytes += copySegment((first + i) % SLOTS);
        assert.equal(twins.next, (first + twins.described) % SLOTS);
        assert.equal(
          bytes,
          frames.reduce((sum, { length }) => sum + length, 0),
        );
        assert.deepEqual(mbufs.frames(frames.length).map(hex), frames.map(hex));

        twins.takeOver(mbufs.at(0), aside, frames.length, packets.address);
        assert.equal(pool.available, pool.size, 'what they replaced is back');
        frames.forEach((frame, i) => {
          const at = loadAddress(packets.window.u32, 4 * i) - TO_DELTA;
          const head = frame.subarray(0, ROOM);
          assert.equal(hex(view(others, at, head.length)), hex(head));
        });
        assert.deepEqual(mbufs.frames(frames.length).map(hex), frames.map(hex));
        mbufs.free(0, frames.length);
      }),
      { numRuns: 100 },
    );
  });

  it('of split frames are twins of what follows the first segment', () => {
    const lengths = fc.array(fc.nat(3 * ROOM), { minLength: 1, maxLength: BURST });
    fc.assert(
      fc.property(lengths, (all) => {
        // Frames that this pool chains: what a header is behind does not matter here.
        const frames = all.map((length, i) => frameOf(length, i));
        mbufs.fill(pool, frames);
        const first = behind.next;
        assert.ok(behind.make(mbufs.at(0), aside, frames.length));
        const segmentsOf = (length: number) => Math.max(0, Math.ceil(length / ROOM) - 1);
        const wanted = all.reduce((sum, length) => sum + segmentsOf(length), 0);
        assert.equal(others.size - others.available, wanted);
        assert.equal(behind.described, wanted);
        for (let i = 0; i < wanted; i++) copySegment((first + i) % SLOTS);
        packets.window.u32.fill(0);
        behind.takeOver(mbufs.at(0), aside, frames.length, packets.address);
        assert.equal(pool.size - pool.available, frames.length, 'first segments stay, alone');
        frames.forEach((frame, i) => {
          const at = loadAddress(packets.window.u32, 4 * i);
          const second = frame.subarray(ROOM, 2 * ROOM);
          if (second.length === 0) assert.equal(at, 0, 'there is nothing to tell');
          else assert.equal(hex(view(others, at - TO_DELTA, second.length)), hex(second));
        });
        assert.deepEqual(mbufs.frames(frames.length).map(hex), frames.map(hex));
        mbufs.free(0, frames.length);
      }),
      { numRuns: 50 },
    );
  });

  for (const [name, some] of [
    ['of whole frames', () => twins],
    ['of what is behind headers', () => behind],
  ] as const)
    it(`${name} are made all or none, the chain's last included`, () => {
      const taken = new MbufArray(others.size);
      assert.ok(taken.allocate(others, others.size - 3));
      mbufs.fill(pool, [frameOf(2 * ROOM, 1), frameOf(5 * ROOM, 2)]);
      const made = some();
      const { next } = made;
      assert.equal(made.make(mbufs.at(0), aside, 2), false);
      assert.deepEqual([made.next, made.described, others.available], [next, 0, 3]);
      assert.ok(empty());
      mbufs.free(0, 2);
      taken.free(0, others.size - 3);
      taken.release();
    });

  it('are made all or none', () => {
    // Leave three mbufs; the second frame's chain takes three by itself.
    const taken = new MbufArray(others.size);
    assert.ok(taken.allocate(others, others.size - 3));
    const frames = [frameOf(60, 1), frameOf(3 * ROOM, 2)];
    mbufs.fill(pool, frames);
    const { next } = twins;
    assert.equal(twins.make(mbufs.at(0), aside, 2), false);
    assert.deepEqual([twins.next, twins.described, others.available], [next, 0, 3]);
    assert.ok(empty());
    assert.deepEqual(mbufs.frames(2).map(hex), frames.map(hex));
    // Not even the heads.
    mbufs.free(0, 2);
    mbufs.fill(
      pool,
      [1, 2, 3, 4].map((i) => frameOf(60, i)),
    );
    assert.equal(twins.make(mbufs.at(0), aside, 4), false);
    assert.deepEqual([twins.described, others.available], [0, 3]);
    assert.ok(empty());
    mbufs.free(0, 4);
    taken.free(0, others.size - 3);
    taken.release();
  });
});
