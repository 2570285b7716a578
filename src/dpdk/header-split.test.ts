import assert from 'node:assert/strict';
import { after, afterEach, describe, it } from 'node:test';
import fc from 'fast-check';
import { HostMemory, loadAddress } from '../memory/memory.js';
import { frameOf } from '../testing/capture-files.js';
import { MbufArray } from '../testing/mbuf-array.js';
import { Eal } from './eal.js';
import { HeaderSplit, SPLIT_BYTES, SPLIT_DIGEST_BYTES, SplitDigest } from './header-split.js';
import { Mempool } from './mempool.js';

/** Bytes of frame in an mbuf of these tests: longer frames are chained. */
const ROOM = 256;
const BURST = 32;
const RECORD = 32;
/** The device sees payloads elsewhere than the CPU. */
const DELTA = 2 ** 44;
const NOWHERE = 2 ** 45;

Eal.start();
const whole = Mempool.create({ name: 'whole', mbufs: 512, frameBytes: ROOM });
const buffers = new HostMemory(Mempool.bufferBytes(256, ROOM));
const payloads = Mempool.create({ name: 'payloads', mbufs: 256, frameBytes: ROOM, buffers });
const mbufs = new MbufArray(BURST);
const headersAt = new HostMemory(16 * BURST);
const payloadsAt = new HostMemory(16 * BURST);
const records = new HostMemory(RECORD * BURST);
const block = new HostMemory(SPLIT_BYTES + SPLIT_DIGEST_BYTES);

const splitterOf = (bytes: number) =>
  new HeaderSplit(block.window, block.address, headersAt.address, {
    bytes,
    pool: payloads.handle,
    delta: DELTA,
    nowhere: NOWHERE,
  });

/** Splits frames that are in `mbufs`; tells how many are left. */
function split(bytes: number, count: number, marks = 0): number {
  const splitter = splitterOf(bytes);
  splitter.aim(mbufs.at(0), count, payloadsAt.address, marks);
  splitter.run();
  return splitter.kept;
}

/** What the descriptor at `i` says, and the bytes there. */
function described(memory: HostMemory, i: number): { address: number; size: number } {
  const { u32 } = memory.window;
  return { address: loadAddress(u32, 4 * i), size: u32[4 * i + 2] };
}

function bytesAt({ span, window }: Mempool, address: number, size: number): Uint8Array {
  const start = address - span.address;
  assert.ok(start >= 0 && start + size <= span.bytes, 'no memory of the pool');
  return window.u8.slice(start, start + size);
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const inUse = ({ size, available }: Mempool) => size - available;

/** Asserts where the bytes of `frames` lie, and that both ends are told so. */
function assertSplit(frames: readonly Uint8Array[], bytes: number): void {
  for (const [i, frame] of frames.entries()) {
    const cut = Math.min(bytes, frame.length, ROOM);
    const header = described(headersAt, i);
    assert.equal(hex(bytesAt(whole, header.address, header.size)), hex(frame.subarray(0, cut)));
    const { address, size } = described(payloadsAt, i);
    const first = frame.subarray(cut, cut + ROOM);
    if (first.length === 0) assert.deepEqual([address, size], [NOWHERE, 0]);
    else {
      assert.equal(hex(bytesAt(payloads, address - DELTA, size)), hex(first));
      assert.equal(address % 64, 0, 'a payload begins a cache line');
    }
  }
  assert.deepEqual(mbufs.frames(frames.length).map(hex), frames.map(hex));
}

describe('header/data split', () => {
  afterEach(() => {
    assert.equal(whole.available, whole.size, 'mbufs are missing');
    assert.equal(payloads.available, payloads.size, 'payload mbufs are missing');
  });
  after(() => {
    mbufs.release();
    for (const one of [payloads, whole]) one.free();
    for (const one of [buffers, headersAt, payloadsAt, records, block]) one.release();
    Eal.stop();
  });

  const header = fc.integer({ min: 14, max: ROOM });
  const lengthsFor = (bytes: number) =>
    fc.array(
      fc.oneof(
        fc.integer({ min: Math.max(1, bytes - 3), max: bytes + 3 }),
        fc.integer({ min: 1, max: 70 }),
        fc.integer({ min: 1, max: 6 * ROOM }),
      ),
      { minLength: 1, maxLength: BURST },
    );
  const shape = header.chain((bytes) => fc.tuple(fc.constant(bytes), lengthsFor(bytes)));

  it('leaves the first bytes where they are, and puts the rest into the other pool', () => {
    fc.assert(
      fc.property(shape, ([bytes, lengths]) => {
        const frames = lengths.map((length, i) => frameOf(length, i));
        mbufs.fill(whole, frames);
        assert.equal(split(bytes, frames.length), frames.length);
        assertSplit(frames, bytes);
        assert.equal(inUse(whole), frames.length, 'one mbuf a header, the others are back');
        const rest = lengths.map((length) => Math.ceil(Math.max(0, length - bytes) / ROOM));
        assert.equal(
          inUse(payloads),
          rest.reduce((sum, n) => sum + n, 0),
        );
        // What a port has split is described just so.
        headersAt.window.u8.fill(0);
        payloadsAt.window.u8.fill(0);
        assert.equal(split(0, frames.length), frames.length);
        assertSplit(frames, bytes);
        mbufs.free(0, frames.length);
      }),
      { numRuns: 100 },
    );
  });

  it('counts the bytes of what it keeps', () => {
    const splitter = splitterOf(20);
    mbufs.fill(whole, [frameOf(10), frameOf(20), frameOf(700)]);
    splitter.aim(mbufs.at(0), 3, payloadsAt.address, 0);
    splitter.run();
    assert.deepEqual([splitter.kept, splitter.keptBytes], [3, 730]);
    mbufs.free(0, 3);
  });

  it('loses the frames there are no payload mbufs for, and no others', () => {
    const lengths = [60, 2 * ROOM + 20, 14, 3 * ROOM, 30, 61, 10, 90];
    const frames = lengths.map((length, i) => frameOf(length, i));
    const taken = new MbufArray(payloads.size);
    // What wants more than are left gives back what it got, for those behind it.
    for (const [left, kept] of [
      [0, [2, 6]],
      [1, [0, 2, 6]],
      [2, [0, 2, 4, 6]],
      [4, [0, 1, 2, 4, 6]],
      [256, [0, 1, 2, 3, 4, 5, 6, 7]],
    ] as const) {
      const others = payloads.size - left;
      if (others !== 0) assert.ok(taken.allocate(payloads, others));
      mbufs.fill(whole, frames);
      const marks = records.window.u32;
      for (let i = 0; i < frames.length; i++) marks.fill(i, 8 * i, 8 * i + 8);
      assert.equal(split(20, frames.length, records.address), kept.length, `${left} mbufs`);
      assertSplit(
        kept.map((i) => frames[i]),
        20,
      );
      for (const [i, was] of kept.entries())
        assert.deepEqual([...marks.subarray(8 * i, 8 * i + 8)], Array(8).fill(was));
      assert.equal(inUse(whole), kept.length);
      mbufs.free(0, kept.length);
      if (others !== 0) taken.free(0, others);
    }
    taken.release();
  });

  it('has the same fingerprint before and after, and another when a byte changes', () => {
    const digest = new SplitDigest(block.window, block.address + SPLIT_BYTES, 12);
    const words = records.window.u32;
    const print = (frame: Uint8Array, bytes: number) => {
      mbufs.fill(whole, [frame]);
      digest.whole(mbufs.at(0), 1, records.address, bytes, ROOM);
      const print = hex(records.window.u8.subarray(0, 28));
      mbufs.free(0, 1);
      return print;
    };
    for (const length of [1, 11, 14, 63, 64, 65, 200, 64 + ROOM]) {
      const frame = frameOf(length, length);
      const before = print(frame, 64);
      assert.equal(print(frame, 64), before);
      assert.equal(words[6], length);
      for (const at of [0, 5, 12, 63, 64, length - 1].filter((at) => at < length)) {
        const other = Uint8Array.from(frame);
        other[at] ^= 1;
        assert.notEqual(print(other, 64), before, `byte ${at} of ${length}`);
      }
    }
  });
});
