import assert from 'node:assert/strict';
import { after, afterEach, describe, it } from 'node:test';
import fc from 'fast-check';
import { HostMemory } from '../memory/memory.js';
import { frameOf } from '../testing/capture-files.js';
import { MbufArray } from '../testing/mbuf-array.js';
import { Eal } from './eal.js';
import { Mempool } from './mempool.js';
import { PARCEL_BYTES, Parcel } from './parcel.js';

/** Bytes of frame in an mbuf of these tests: longer frames are chained. */
const ROOM = 256;
const SEEN = 2 ** 40 + 64;
const GUARD = 0xee;

Eal.start();
const pool = Mempool.create({ name: 'parcels', mbufs: 2048, frameBytes: ROOM });
const mbufs = new MbufArray(256);
const block = new HostMemory(PARCEL_BYTES);
const packets = new HostMemory(16 * 256);
const memory = new HostMemory(256 * ROOM + 4096);
const parcel = new Parcel(block.window, block.address);

const lines = (bytes: number) => 64 * Math.ceil(bytes / 64);
const first = (frame: Uint8Array) => frame.subarray(0, ROOM);
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('parcel', () => {
  afterEach(() => assert.equal(pool.available, pool.size, 'mbufs are missing'));
  after(() => {
    for (const one of [block, packets, memory]) one.release();
    mbufs.release();
    pool.free();
    Eal.stop();
  });

  it('holds first segments on lines of their own, tells the device where, and brings them back', () => {
    const lengths = fc.array(fc.oneof(fc.integer({ min: 1, max: 70 }), fc.nat(4 * ROOM)), {
      minLength: 1,
      maxLength: 64,
    });
    fc.assert(
      fc.property(lengths, fc.nat(3), (all, offset) => {
        const frames = all.map((length, i) => frameOf(length, i));
        mbufs.fill(pool, frames);
        memory.window.u8.fill(GUARD);
        const start = 64 * offset;
        const { address } = memory;
        const bytes = parcel.pack(
          mbufs.at(0),
          packets.address,
          frames.length,
          address + start,
          SEEN,
        );
        const view = new DataView(packets.window.buffer);
        let at = 0;
        frames.forEach((frame, i) => {
          const segment = first(frame);
          const described = [0, 8].map((part) => Number(view.getBigUint64(16 * i + part, true)));
          assert.deepEqual(described, [SEEN + at, segment.length]);
          const packed = memory.window.u8.subarray(start + at, start + at + segment.length);
          assert.equal(hex(packed), hex(segment));
          at += lines(segment.length);
        });
        assert.equal(bytes, at);
        const { u8 } = memory.window;
        assert.ok(u8.subarray(0, start).every((byte) => byte === GUARD));
        assert.ok(u8.subarray(start + at).every((byte) => byte === GUARD));

        // What a kernel did there comes back, the other segments of chained frames stay.
        for (let i = start; i < start + at; i++) u8[i] ^= 0x5a;
        parcel.unpack(mbufs.at(0), frames.length, address + start);
        const expected = frames.map((frame) => {
          const changed = Uint8Array.from(frame);
          for (let i = 0; i < first(frame).length; i++) changed[i] ^= 0x5a;
          return changed;
        });
        assert.deepEqual(mbufs.frames(frames.length).map(hex), expected.map(hex));
        mbufs.free(0, frames.length);
      }),
      { numRuns: 60 },
    );
  });
});
