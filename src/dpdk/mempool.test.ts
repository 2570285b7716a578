import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HostMemory, windowAt } from '../memory/memory.js';
import { native } from '../memory/native.js';
import { frameOf } from '../testing/capture-files.js';
import { MbufArray } from '../testing/mbuf-array.js';
import { mappedBytes } from '../testing/process-memory.js';
import { coded } from '../testing/test-gpu.js';
import { Eal } from './eal.js';
import { HEADROOM, Mempool } from './mempool.js';

const MIB = 2 ** 20;

Eal.start();

/** Addresses of the frames of `count` mbufs. */
function frameAddresses(mbufs: MbufArray, count: number): number[] {
  const memory = new HostMemory(16 * count);
  native.packetsDescribe(mbufs.at(0), memory.address, count, 0);
  const { u32 } = windowAt(memory.address, 16 * count);
  const all = Array.from({ length: count }, (_, i) => u32[4 * i + 1] * 2 ** 32 + u32[4 * i]);
  memory.release();
  return all;
}

for (const mbufs of [1, 2, 3, 63, 64, 511, 512, 513, 1000, 4096, 50_000])
  test(`a pool of ${mbufs} has so many, gives all of them out, and takes them back`, () => {
    const pool = Mempool.create({ name: 'sizes', mbufs, frameBytes: 64 });
    const array = new MbufArray(mbufs + 1);
    for (let round = 0; round < 2; round++) {
      assert.deepEqual([pool.size, pool.available], [mbufs, mbufs]);
      assert.ok(array.allocate(pool, mbufs));
      assert.equal(pool.available, 0);
      assert.ok(!array.allocate(pool, 1, mbufs));
      array.free(0, mbufs);
    }
    assert.equal(pool.available, mbufs);
    pool.free();
    array.release();
  });

test('all or none: a pool with too few left gives none', () => {
  const pool = Mempool.create({ name: 'few', mbufs: 100, frameBytes: 64 });
  const array = new MbufArray(200);
  assert.ok(array.allocate(pool, 95));
  assert.ok(!array.allocate(pool, 6, 95));
  assert.equal(pool.available, 5);
  assert.ok(array.allocate(pool, 5, 95));
  array.free(10, 50);
  assert.equal(pool.available, 50);
  assert.ok(array.allocate(pool, 50, 10));
  array.free(0, 100);
  assert.equal(pool.available, 100);
  pool.free();
  array.release();
});

test('frames lie apart, each with its headroom, inside the span that is told', () => {
  for (const frameBytes of [0, 1, 64, 65, 1518, 2048, 9000, 65_407]) {
    const mbufs = 50;
    const pool = Mempool.create({ name: 'span', mbufs, frameBytes });
    const array = new MbufArray(mbufs);
    assert.ok(array.allocate(pool, mbufs));
    const starts = frameAddresses(array, mbufs).sort((a, b) => a - b);
    const { address, bytes } = pool.span;
    assert.ok(starts[0] - HEADROOM >= address);
    assert.ok(starts[mbufs - 1] + frameBytes <= address + bytes);
    for (let i = 1; i < mbufs; i++)
      assert.ok(starts[i] - HEADROOM >= starts[i - 1] + frameBytes, `${frameBytes}: they overlap`);
    assert.deepEqual([pool.window.address, pool.window.bytes], [address, bytes]);
    array.free(0, mbufs);
    pool.free();
    array.release();
  }
});

test('what is written into an mbuf is seen through the window, where its address says', () => {
  const pool = Mempool.create({ name: 'window', mbufs: 8, frameBytes: 200 });
  const frames = [0, 1, 64, 200].map((length, i) => frameOf(length, i));
  const array = new MbufArray(8).fill(pool, frames);
  for (const [i, at] of frameAddresses(array, frames.length).entries()) {
    const from = at - pool.span.address;
    assert.deepEqual(Buffer.from(pool.window.u8.slice(from, from + frames[i].length)), frames[i]);
    // As the data plane finds it: by the low word alone.
    assert.equal(((at % 2 ** 32) - pool.window.origin) >>> 0, from);
  }
  array.free(0, frames.length);
  pool.free();
  array.release();
});

test('frames of any length are read as they were written, chained where they are longer', () => {
  const rooms = [64, 100, 192, 256, 2048, 65_407];
  const pools = rooms.map((frameBytes) =>
    Mempool.create({ name: `chains${frameBytes}`, mbufs: 160, frameBytes }),
  );
  const array = new MbufArray(1);
  fc.assert(
    fc.property(fc.constantFrom(...pools), fc.nat(9000), fc.nat(99), (pool, length, seed) => {
      const frame = frameOf(length, seed);
      const before = pool.available;
      array.fill(pool, [frame]);
      assert.deepEqual(Buffer.from(array.read(0)), frame);
      const { frameBytes } = roomOf(pool);
      // Rooms are whole cache lines.
      const room = Math.ceil(frameBytes / 64) * 64;
      assert.equal(before - pool.available, Math.max(1, Math.ceil(length / room)));
      array.free(0, 1);
      assert.equal(pool.available, before);
    }),
    { examples: [0, 1, 63, 64, 65, 128, 4096].map((length) => [pools[0], length, length]) },
  );
  for (const pool of pools) pool.free();
  array.release();

  function roomOf(pool: Mempool): { frameBytes: number } {
    return { frameBytes: rooms[pools.indexOf(pool)] };
  }
});

test('reading stops at the room there is, and tells the whole length', () => {
  const pool = Mempool.create({ name: 'short', mbufs: 16, frameBytes: 64 });
  const frame = frameOf(300, 3);
  const array = new MbufArray(1).fill(pool, [frame]);
  const memory = new HostMemory(512);
  const { u8 } = memory.window;
  for (const room of [0, 1, 63, 64, 65, 299, 300, 301]) {
    u8.fill(0xee);
    assert.equal(native.packetRead(array.mbuf(0), memory.address, room), 300);
    const read = Math.min(room, 300);
    assert.deepEqual(Buffer.from(u8.slice(0, read)), frame.subarray(0, read));
    assert.ok(u8.subarray(read).every((byte) => byte === 0xee));
  }
  array.free(0, 1);
  pool.free();
  memory.release();
  array.release();
});

test('a chain the pool is too small for is refused, and what it took comes back', () => {
  const pool = Mempool.create({ name: 'chain', mbufs: 4, frameBytes: 64 });
  const array = new MbufArray(1);
  assert.ok(array.allocate(pool, 1));
  assert.equal(array.write(0, frameOf(4 * 64 + 1)), false);
  array.free(0, 1);
  assert.equal(pool.available, 4);
  assert.ok(array.allocate(pool, 1));
  assert.ok(array.write(0, frameOf(4 * 64)));
  assert.equal(pool.available, 0);
  array.free(0, 1);
  pool.free();
  array.release();
});

test('buffers can lie in memory of the caller’s, and only there', () => {
  const mbufs = 300;
  const bytes = Mempool.bufferBytes(mbufs, 1000);
  assert.equal(bytes % 4096, 0);
  const memory = new HostMemory(bytes);
  const buffers = { address: memory.address, bytes };
  const pool = Mempool.create({ name: 'external', mbufs, frameBytes: 1000, buffers });
  assert.deepEqual(pool.span, buffers);
  assert.deepEqual([pool.size, pool.available], [mbufs, mbufs]);
  const frames = Array.from({ length: mbufs }, (_, i) => frameOf(1000, i));
  const array = new MbufArray(mbufs).fill(pool, frames);
  assert.equal(pool.available, 0);
  const starts = frameAddresses(array, mbufs).sort((a, b) => a - b);
  assert.ok(starts[0] >= memory.address + HEADROOM);
  assert.ok(starts[mbufs - 1] + 1000 <= memory.address + bytes);
  assert.deepEqual(array.frames(mbufs).map(hex), frames.map(hex));
  // Longer ones are chained there, too.
  array.free(0, mbufs);
  array.fill(pool, [frameOf(5000, 9)]);
  assert.deepEqual(hex(array.read(0)), hex(frameOf(5000, 9)));
  array.free(0, 1);
  assert.equal(pool.available, mbufs);
  pool.free();
  // It is still the caller's.
  memory.window.u8.fill(1);
  memory.release();
  array.release();
});

test('MEMPOOL_TOO_LARGE: past 4 GiB, however it comes to that', () => {
  const create = (mbufs: number, frameBytes: number, bytes?: number) => () => {
    const buffers = bytes === undefined ? undefined : { address: 4096, bytes };
    Mempool.create({ name: 'large', mbufs, frameBytes, buffers });
  };
  const before = mappedBytes();
  for (const make of [
    create(2_000_000, 2048),
    create(70_000, 65_407),
    create(2 ** 32 - 1, 64),
    create(1000, 64, 2 ** 32),
  ])
    assert.throws(make, (error) => {
      coded(
        'MEMPOOL_TOO_LARGE',
        /^warpline: MEMPOOL_TOO_LARGE: a mempool of \d+ mbufs takes /,
      )(error);
      assert.equal((error as { exit: number }).exit, 2);
      return true;
    });
  assert.ok(mappedBytes() - before < 64 * MIB);
});

test('MEMPOOL_CREATE: no mbufs, a name that is taken, buffers that do not hold them', () => {
  const taken = Mempool.create({ name: 'taken', mbufs: 10, frameBytes: 64 });
  const memory = new HostMemory(4096);
  const buffers = { address: memory.address, bytes: memory.bytes };
  const cases: [options: Parameters<typeof Mempool.create>[0], says: RegExp][] = [
    [{ name: 'none', mbufs: 0, frameBytes: 64 }, /no mempool of 0 mbufs .*Invalid argument/],
    [{ name: 'taken', mbufs: 10, frameBytes: 64 }, /of 10 mbufs of 192 bytes: .*File exists/],
    [{ name: 'small', mbufs: 100, frameBytes: 64, buffers }, /of 100 mbufs of 192 bytes: /],
  ];
  for (const [options, says] of cases)
    assert.throws(
      () => Mempool.create(options),
      (error) => {
        coded('MEMPOOL_CREATE', says)(error);
        const { exit, line } = error as { exit: number; line: string };
        assert.equal(exit, 1);
        assert.doesNotMatch(line, /\n|\{/);
        return true;
      },
    );
  taken.free();
  memory.release();
});

test('a pool that could not be made leaves nothing behind', () => {
  const options = { name: 'twice', mbufs: 4096, frameBytes: 2048 };
  const one = Mempool.create(options);
  const before = mappedBytes();
  for (let i = 0; i < 100; i++)
    assert.throws(() => Mempool.create(options), coded('MEMPOOL_CREATE', /File exists/));
  assert.ok(mappedBytes() - before < 40 * MIB);
  // Its place is not known to DPDK any more, so the next one may lie there.
  const others = [1, 2, 3].map((n) => Mempool.create({ ...options, name: `other${n}` }));
  for (const pool of [one, ...others]) pool.free();
});

test('nor does one whose memory turned out too small: its name is free again', () => {
  const memory = new HostMemory(4096);
  const { address, bytes } = memory;
  const create = () => native.mempoolCreate('tight', 100, 0, 192, address, bytes, 0, 'stack');
  for (let i = 0; i < 3; i++) assert.throws(create, /rte_mempool_populate_iova/);
  memory.release();
});

test('pools come and go without end, and freeing one twice is once', () => {
  const make = (i: number) => {
    const pool = Mempool.create({ name: 'again', mbufs: 2000 + i, frameBytes: 2048 });
    assert.equal(pool.available, 2000 + i);
    pool.free();
    pool.free();
  };
  make(0);
  const before = mappedBytes();
  for (let i = 0; i < 200; i++) make(i);
  assert.ok(mappedBytes() - before < 40 * MIB);
});

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
