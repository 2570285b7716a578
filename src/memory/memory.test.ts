import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { mappedBytes } from '../testing/process-memory.js';
import {
  closeWindow,
  HostMemory,
  loadAddress,
  roundUp,
  storeAddress,
  Window,
  windowAt,
} from './memory.js';

const PAGE = 4096;
const HUGE_PAGE = 2 ** 21;

test('host memory is whole pages, zeroed, writable to the last, and apart from any other', () => {
  const sizes = [1, 8, PAGE - 1, PAGE, PAGE + 1, HUGE_PAGE - PAGE, HUGE_PAGE, HUGE_PAGE + 1, 9e6];
  const all = sizes.map((bytes) => new HostMemory(bytes));
  for (const [i, memory] of all.entries()) {
    const { address, bytes, window } = memory;
    assert.equal(bytes, roundUp(sizes[i], PAGE));
    assert.equal(address % PAGE, 0);
    assert.ok(window.f64.every((value) => value === 0));
    window.u8.fill(i + 1);
  }
  for (const [i, { window }] of all.entries()) assert.ok(window.u8.every((byte) => byte === i + 1));
  for (const memory of all) memory.release();
});

test('large host memory starts on a huge page, so that the kernel can use them', () => {
  for (const bytes of [HUGE_PAGE, HUGE_PAGE + PAGE, 5 * HUGE_PAGE]) {
    const memory = new HostMemory(bytes);
    assert.equal(memory.address % HUGE_PAGE, 0);
    memory.release();
  }
});

test('released memory goes back to the system, all of it', () => {
  const before = mappedBytes();
  for (let i = 0; i < 500; i++) {
    const memory = new HostMemory(HUGE_PAGE + (i % 7) * PAGE);
    memory.window.u8[i] = 1;
    memory.release();
  }
  assert.ok(mappedBytes() - before < 100 * HUGE_PAGE);
});

test('releasing twice does not release what lies there now', () => {
  // The kernel gives a free place to whoever comes next, unless a thread of V8's is faster.
  for (let tries = 0; ; tries++) {
    assert.ok(tries < 100, 'nothing came to lie in that place');
    const memory = new HostMemory(PAGE);
    memory.release();
    const next = new HostMemory(PAGE);
    memory.release();
    next.window.u8[PAGE - 1] = 7;
    next.release();
    if (next.address === memory.address) break;
  }
});

test('memory there cannot be is refused with the errno', () => {
  assert.throws(() => new HostMemory(2 ** 46), { code: '12', message: /mmap: Cannot allocate/ });
});

test('a window is typed arrays over the same bytes, index 0 at its address', () => {
  const memory = new HostMemory(PAGE);
  const { u8, u16, u32, i32, f64, address, bytes } = memory.window;
  assert.deepEqual([address, bytes], [memory.address, PAGE]);
  u32[1] = 0x8003_0201;
  assert.deepEqual([...u8.subarray(4, 8)], [1, 2, 3, 0x80]);
  assert.deepEqual([...u16.subarray(2, 4)], [0x0201, 0x8003]);
  assert.equal(i32[1], 0x8003_0201 | 0);
  f64[1] = -0.5;
  assert.deepEqual([u32[2], u32[3]], [0, 0xbfe0_0000]);
  const lengths = [u8, u16, u32, i32, f64].map((view) => view.length);
  assert.deepEqual(lengths, [4096, 2048, 1024, 1024, 512]);
  memory.release();
});

test('a window of any length has whole elements only', () => {
  for (let bytes = 0; bytes < 20; bytes++) {
    const { u8, u16, u32, i32, f64 } = new Window(new ArrayBuffer(bytes), PAGE, bytes);
    const lengths = [u8, u16, u32, i32, f64].map((view) => view.length);
    const whole = [1, 2, 4, 4, 8].map((size) => Math.floor(bytes / size));
    assert.deepEqual(lengths, whole);
  }
});

test('a pointer becomes an offset by its low word alone, whatever the window spans', () => {
  const address = fc.integer({ min: 0, max: 2 ** 47 / PAGE - 2 ** 20 }).map((n) => n * PAGE);
  const offset = fc.integer({ min: 0, max: 2 ** 32 - 1 });
  const crossing: [number, number] = [5 * 2 ** 32 - PAGE, PAGE + 3];
  fc.assert(
    fc.property(address, offset, (start, at) => {
      const { origin } = new Window(new ArrayBuffer(0), start, 0);
      const low = new Uint32Array(2);
      storeAddress(low, 0, start + at);
      assert.equal((low[0] - origin) >>> 0, at);
    }),
    { examples: [crossing] },
  );
});

test('an address stored is the address loaded, and nothing beside it changes', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.nat(4), (address, index) => {
      const words = new Uint32Array(8).fill(0xdead_beef);
      storeAddress(words, index, address);
      assert.equal(loadAddress(words, index), address);
      const pointer = new DataView(words.buffer).getBigUint64(4 * index, true);
      assert.equal(pointer, BigInt(address));
      assert.equal(words.filter((word) => word === 0xdead_beef).length, 6);
    }),
    { examples: [[2 ** 47 - 1, 0]] },
  );
});

test('modules of a thread share one window at an address, or a longer one', () => {
  const memory = new HostMemory(2 * PAGE);
  const short = windowAt(memory.address, 64);
  assert.equal(windowAt(memory.address, 64), short);
  assert.equal(windowAt(memory.address, 8), short);
  const long = windowAt(memory.address, memory.bytes);
  assert.equal(long.bytes, memory.bytes);
  assert.equal(memory.window, long);
  assert.equal(windowAt(memory.address, 64), long);
  const inner = windowAt(memory.address + PAGE, PAGE);
  short.u32[3] = 5;
  long.u32[1024] = 6;
  assert.deepEqual([long.u32[3], inner.u32[0]], [5, 6]);
  closeWindow(inner.address);
  memory.release();
});

test('closing ends every window of the thread at that address, and no other', () => {
  const [memory, other] = [new HostMemory(PAGE), new HostMemory(PAGE)];
  const views = [windowAt(memory.address, 64), memory.window];
  other.window.u32[0] = 9;
  memory.release();
  for (const { buffer, i32, u8 } of views) {
    assert.deepEqual([buffer.byteLength, u8.length, u8[0]], [0, 0, undefined]);
    assert.throws(() => Atomics.load(i32, 0), TypeError);
    assert.throws(() => u8.set([1]), Error);
  }
  assert.equal(other.window.u32[0], 9);
  other.release();
  // Once more does nothing, and neither does an address nobody has looked at.
  closeWindow(memory.address);
  closeWindow(12_345);
});

test('after closing, the same address can be looked at anew', () => {
  const memory = new HostMemory(PAGE);
  memory.window.u32[7] = 70;
  closeWindow(memory.address);
  assert.equal(memory.window.u32[7], 70);
  memory.release();
});

test('threads see the same bytes, and each ends its own window alone', async () => {
  const memory = new HostMemory(PAGE);
  const { i32 } = memory.window;
  const code = `
    const { workerData: { module, address } } = await import('node:worker_threads');
    const { windowAt, closeWindow } = await import(module);
    const { i32 } = windowAt(address, 64);
    while (Atomics.load(i32, 0) !== 1);
    Atomics.store(i32, 1, i32[2] + 1);
    closeWindow(address);
    if (i32.length !== 0) throw new Error('it is still open');`;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`), {
    workerData: { module: new URL('./memory.js', import.meta.url).href, address: memory.address },
  });
  const status = new Promise((resolve, reject) => {
    worker.on('exit', resolve);
    worker.on('error', reject);
  });
  i32[2] = 41;
  Atomics.store(i32, 0, 1);
  assert.equal(await status, 0);
  assert.equal(Atomics.load(i32, 1), 42);
  memory.release();
});

test('rounding up is to the next multiple, and nothing where it is one', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2 ** 40 }),
      fc.integer({ min: 1, max: 2 ** 21 }),
      (n, u) => {
        const up = roundUp(n, u);
        assert.ok(up % u === 0 && up >= n && up < n + u);
      },
    ),
  );
});
