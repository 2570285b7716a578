import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { CommList, Status } from '../gpudev/comm-list.js';
import { Device } from '../gpudev/device.js';
import type { KernelId, StreamId } from '../gpudev/driver.js';
import type { DeviceSpan } from '../gpudev/drivers/software/block.js';
import { HostMemory, storeAddress, Window, windowAt } from '../memory/memory.js';
import { type Address, native } from '../memory/native.js';
import { mark as markFrames, marking } from '../testing/packet-functions.js';
import { args } from '../testing/test-gpu.js';
import { items } from './entries.js';
import { ExitWord } from './exit-word.js';
import { entry, listArgs } from './kernel.js';
import { macSwap } from './mac-swap.js';

const { FREE, READY, DONE } = Status;
const ITEMS = 8;
const BURST = 16;
const SPAN = 65_536;
/** No exit word, not marked DONE. */
const KEEP = 0;
const MARK_DONE = 1;

/** A piece of memory frames lie in: where kernels see it, and where we do. */
interface Span {
  device: Address;
  u8: Uint8Array;
}

interface Placed {
  span: Span;
  at: number;
  length: number;
}

for (const { processors, statusIn } of [
  { processors: 1, statusIn: 'host' },
  { processors: 2, statusIn: 'device' },
  { processors: 1, statusIn: 'split' },
] as const)
  describe(`kernels over items, processors: ${processors}, status words: ${statusIn}`, () => {
    let device: Device;
    let list: CommList;
    let stream: StreamId;
    let swap: KernelId;
    let swapForever: KernelId;
    let mark: KernelId;
    const exitMemory = new HostMemory(ExitWord.BYTES);
    const exit = new ExitWord(exitMemory, exitMemory.address);
    const hearts = new HostMemory(4096);
    const hosts = [new HostMemory(SPAN), new HostMemory(SPAN)];
    /** Two in host memory, two in device memory. */
    const spans: Span[] = [];

    before(async () => {
      device = await Device.open('software', { processors });
      list = CommList.create(device, { items: ITEMS, packets: BURST, statusIn });
      const { gpu } = device;
      swap = await gpu.load(entry(macSwap, 'items'));
      swapForever = await gpu.load(entry(macSwap, 'persistent'));
      mark = await gpu.load(entry(marking, 'items'));
      stream = gpu.createStream();
      for (const { address, bytes } of [exitMemory, hearts]) device.register(address, bytes);
      for (const { address, bytes, window } of hosts)
        spans.push({ device: device.register(address, bytes), u8: window.u8 });
      for (let i = 0; i < 2; i++) {
        const address = device.allocate(SPAN);
        spans.push({ device: address, u8: windowAt(device.cpuMap(address, SPAN), SPAN).u8 });
      }
      for (const [i, { u8 }] of spans.entries()) u8.set(u8.map((_, at) => at * 13 + i * 7));
    });
    afterEach(() => {
      exit.raise(); // for a kernel that a failed test left behind
    });
    after(async () => {
      await device.close();
      for (const memory of [exitMemory, hearts, ...hosts]) memory.release();
    });

    /** Puts frames into an item, described as an RX lcore does, and marks it READY. */
    function hand(item: number, frames: readonly Placed[]): void {
      for (const [i, { span, at, length }] of frames.entries()) {
        const address = span.device + at;
        const words = [address % 2 ** 32, Math.floor(address / 2 ** 32), length, 0];
        list.words.set(words, list.firstWord(item) + 4 * i);
      }
      list.setCount(item, frames.length);
      list.setStatus(item, READY);
    }
    function run(kernel: KernelId, first: number, blocks: number, done = MARK_DONE): void {
      const { gpu } = device;
      gpu.launch(stream, kernel, blocks, args(...listArgs(list, first, done, 0)));
      gpu.synchronize(stream);
    }
    function statuses(): number[] {
      return Array.from({ length: ITEMS }, (_, item) => list.statusOf(item));
    }
    function free(): void {
      for (let item = 0; item < ITEMS; item++) {
        list.setCount(item, 0);
        list.setStatus(item, FREE);
      }
    }
    /** What the spans hold once the MAC addresses of these frames have changed places. */
    function swapped(frames: readonly Placed[]): Uint8Array[] {
      const expected = spans.map(({ u8 }) => u8.slice());
      for (const { span, at, length } of frames) {
        if (length < 12) continue;
        const bytes = expected[spans.indexOf(span)];
        const head = bytes.slice(at, at + 12);
        bytes.set(head.subarray(6), at);
        bytes.set(head.subarray(0, 6), at + 6);
      }
      return expected;
    }
    function check(expected: Uint8Array[]): void {
      for (const [i, { u8 }] of spans.entries()) assert.deepEqual(u8, expected[i], `span ${i}`);
    }
    /** Frames side by side, from `at` on in turn over some of the spans. */
    function row(n: number, at: number, ...of: number[]): Placed[] {
      return Array.from({ length: n }, (_, i) => ({
        span: spans[of[i % of.length]],
        at: at + 100 * i + (i % 4),
        length: 60 + i,
      }));
    }

    it('a block works on its item, the list being a ring, and on no other', () => {
      const rows = Array.from({ length: ITEMS }, (_, item) => row(5, item * 2000, item % 4));
      for (const [item, frames] of rows.entries()) hand(item, frames);
      const expected = swapped([rows[6], rows[7], rows[0]].flat());
      run(swap, 6, 3);
      check(expected);
      assert.deepEqual(statuses(), [DONE, READY, READY, READY, READY, READY, DONE, DONE]);
      assert.deepEqual([list.count(6), list.count(1)], [5, 5]);
      free();
    });

    it('leaves the status to whoever posted it, unless it is told to mark DONE', () => {
      const frames = row(3, 0, 0);
      hand(2, frames);
      const expected = swapped(frames);
      run(swap, 2, 1, KEEP);
      check(expected);
      assert.equal(list.statusOf(2), READY);
      free();
    });

    it('reaches frames wherever they lie: host memory, device memory, both in one item', () => {
      for (const of of [[0], [2], [0, 2], [3, 1, 2, 0], [0, 0, 3, 3, 1]]) {
        const frames = row(BURST, 4096, ...of);
        const expected = swapped(frames);
        hand(5, frames);
        run(swap, 5, 1);
        check(expected);
        free();
      }
    });

    it('an item without packets is done at once; so is one of runts', () => {
      hand(0, []);
      hand(
        1,
        [0, 1, 11].map((length) => ({ span: spans[2], at: 64 * length, length })),
      );
      const expected = swapped([]);
      run(swap, 0, 2);
      assert.deepEqual(statuses().slice(0, 2), [DONE, DONE]);
      check(expected);
      free();
    });

    it('frames that follow each other in one span are one burst, in order', () => {
      const of = [0, 0, 0, 2, 2, 1, 3, 3, 3, 3, 0];
      const frames = of.map((n, i) => ({ span: spans[n], at: 8192 + 64 * i, length: 60 }));
      hand(3, frames);
      run(mark, 3, 1);
      const seen = frames.map(({ span, at }) => [span.u8[at], span.u8[at + 1]]);
      const bursts = [3, 2, 1, 4, 1];
      assert.deepEqual(
        seen,
        bursts.flatMap((n) => Array.from({ length: n }, (_, i) => [n, i])),
      );
      free();
    });

    it('frames may touch both ends of their span', () => {
      const frames = spans.flatMap((span) => [
        { span, at: 0, length: 14 },
        { span, at: SPAN - 12, length: 12 },
        { span, at: SPAN, length: 0 },
      ]);
      const expected = swapped(frames);
      hand(0, frames);
      run(swap, 0, 1);
      check(expected);
      free();
    });

    it('any items of any frames come out as they would one by one', () => {
      const frame = fc.record({ span: fc.nat(3), slot: fc.nat(500), length: fc.nat(64) });
      const item = fc.uniqueArray(frame, {
        maxLength: BURST,
        selector: ({ span, slot }) => `${span} ${slot}`,
      });
      const lists = fc.array(item, { minLength: 1, maxLength: ITEMS });
      fc.assert(
        fc.property(lists, fc.nat(ITEMS - 1), (rows, first) => {
          const used = new Set<string>();
          const placed = rows.map((frames) =>
            frames.flatMap(({ span, slot, length }) => {
              const place = `${span} ${slot}`;
              if (used.has(place)) return []; // two blocks would work on it at once
              used.add(place);
              return [{ span: spans[span], at: 64 * slot + (slot % 5), length }];
            }),
          );
          const expected = swapped(placed.flat());
          for (const [i, frames] of placed.entries()) hand((first + i) % ITEMS, frames);
          run(swap, first, placed.length);
          check(expected);
          assert.equal(statuses().filter((status) => status === DONE).length, placed.length);
          free();
        }),
        { numRuns: 40 },
      );
    });

    it('a persistent kernel says that it lives while it waits, each block for itself', () => {
      const { gpu } = device;
      exit.lower();
      const blocks = 3;
      const beats = (block: number) => Atomics.load(hearts.window.i32, block);
      hearts.window.i32.fill(0, 0, blocks + 1);
      const heartArgs = Float64Array.from(listArgs(list, hearts.address, exit.address, 0));
      gpu.launch(stream, swapForever, blocks, heartArgs);
      for (let block = 0; block < blocks; block++) {
        const before = beats(block);
        waitFor(() => beats(block) > before + 2);
      }
      exit.raise();
      gpu.synchronize(stream);
      const last = [0, 1, 2].map(beats);
      native.lcoreSleep(1000);
      assert.deepEqual([0, 1, 2].map(beats), last, 'what has ended says nothing');
      assert.equal(beats(blocks), 0, 'there is no such block');
    });

    it('an item that was taken back before a kernel came is not served', () => {
      const { gpu } = device;
      exit.lower();
      for (let item = 0; item < ITEMS; item++) hand(item, row(4, item * 600, 0));
      free();
      const asItWas = swapped([]);
      const beats = () => Atomics.load(hearts.window.i32, 0);
      const before = beats();
      gpu.launch(stream, swapForever, 1, args(...listArgs(list, hearts.address, exit.address, 0)));
      // One block: a second beat after the first item means that it found that one FREE.
      waitFor(() => beats() > before + 2);
      exit.raise();
      gpu.synchronize(stream);
      assert.ok(statuses().every((status) => status === FREE));
      check(asItWas);
    });

    for (const blocks of [1, 3, ITEMS])
      it(`a persistent kernel of ${blocks} blocks serves the list round after round`, () => {
        const { gpu } = device;
        exit.lower();
        gpu.launch(stream, swapForever, blocks, args(...listArgs(list, 0, exit.address, 0)));
        for (let round = 0; round < 4; round++) {
          const rows = Array.from({ length: ITEMS }, (_, item) =>
            item === round ? [] : row(4, item * 600, ...[0, 2, 1, 3].slice(0, 1 + (item % 4))),
          );
          const expected = swapped(rows.flat());
          for (const [item, frames] of rows.entries()) hand(item, frames);
          waitFor(() => statuses().every((status) => status === DONE));
          check(expected);
          free();
        }
        // What is DONE or FREE is not its turn, though packets stand there.
        const asItWas = swapped([]);
        for (const status of [DONE, FREE]) {
          list.setCount(0, 4);
          list.setStatus(0, status);
          native.lcoreSleep(1000);
          assert.equal(list.statusOf(0), status);
        }
        check(asItWas);
        assert.ok(!gpu.idle(stream), 'it has ended by itself');
        exit.raise();
        gpu.synchronize(stream);
        // Nobody polls any more.
        hand(0, row(4, 0, 0));
        native.lcoreSleep(1000);
        assert.equal(list.statusOf(0), READY);
        check(asItWas);
        free();
      });

    it('a frame outside any one span is an illegal address: the device is lost', async () => {
      const stranger = new HostMemory(SPAN);
      const cases: ((spans: Span[]) => Placed)[] = [
        ([one]) => ({ span: one, at: SPAN - 11, length: 12 }),
        ([one]) => ({ span: one, at: -1, length: 12 }),
        // Memory of this process that nobody registered.
        ([one]) => ({ span: { ...one, device: stranger.address }, at: 0, length: 60 }),
      ];
      for (const place of cases) {
        const doomed = await Device.open('software', { processors });
        const own = CommList.create(doomed, { items: 1, packets: BURST, statusIn });
        const memory = new HostMemory(SPAN);
        const span = { device: doomed.register(memory.address, SPAN), u8: memory.window.u8 };
        const { gpu } = doomed;
        const kernel = await gpu.load(entry(macSwap, 'items'));
        const line = gpu.createStream();
        const { span: where, at, length } = place([span]);
        const address = where.device + at;
        const words = [address % 2 ** 32, Math.floor(address / 2 ** 32), length, 0];
        own.words.set(words, own.firstWord(0));
        own.setCount(0, 1);
        own.setStatus(0, READY);
        gpu.launch(line, kernel, 1, args(...listArgs(own, 0, MARK_DONE, 0)));
        assert.throws(() => gpu.synchronize(line), { code: 'GPU_ILLEGAL_ADDRESS' });
        assert.equal(gpu.fault()?.kernel, 'mac-swap/items');
        assert.equal(own.statusOf(0), READY);
        await doomed.close();
        memory.release();
      }
      stranger.release();
    });
  });

describe('items, on memory anywhere in 64 bits', () => {
  /** Spans of memory as a device would show them, and what stands in them. */
  const span = (address: Address, bytes: number): DeviceSpan => ({
    address,
    bytes,
    origin: address % 2 ** 32,
    high: Math.floor(address / 2 ** 32),
    window: new Window(new ArrayBuffer(bytes), address, bytes),
  });
  const LIST = 0x7f00_1234_0000;
  const STATUS_AT = 192;
  const PACKETS_AT = 256;

  /** Runs `items` with `mark` over one item that has its frames at these addresses. */
  function run(frames: readonly Address[], spans: readonly DeviceSpan[]): void {
    const list = span(LIST, 4096);
    const { u32 } = list.window;
    u32[STATUS_AT / 4] = READY;
    u32[STATUS_AT / 4 + 1] = frames.length;
    for (const [i, frame] of frames.entries()) {
      storeAddress(u32, PACKETS_AT / 4 + 4 * i, frame);
      u32[PACKETS_AT / 4 + 4 * i + 2] = 60;
    }
    const find = (address: Address, bytes: number) =>
      [list, ...spans].find((s) => address >= s.address && address + bytes <= s.address + s.bytes)!;
    const memory = {
      span: find,
      spanOf: (low: number, high: number, bytes: number) => find(high * 2 ** 32 + low, bytes),
    };
    const parts = [LIST + STATUS_AT, LIST + PACKETS_AT, 16 * frames.length];
    const given = args(0, 0, 1, MARK_DONE, 0, ...parts);
    items(markFrames)({ index: 0, count: 1, args: given, memory });
    assert.equal(u32[STATUS_AT / 4], DONE);
  }
  const marks = (one: DeviceSpan, frame: Address) => [
    ...one.window.u8.subarray(frame - one.address, frame - one.address + 2),
  ];

  it('a span may reach across a boundary of 4 GiB: its frames are still one burst', () => {
    const across = span(5 * 2 ** 32 - 256, 1024);
    const frames = [-256, -60, -30, 0, 100].map((at) => 5 * 2 ** 32 + at);
    run(frames, [across]);
    const found = frames.map((frame) => marks(across, frame));
    assert.deepEqual(
      found,
      [0, 1, 2, 3, 4].map((i) => [5, i]),
    );
  });

  it('spans that lie 4 GiB apart are not taken for each other', () => {
    const [one, other] = [span(2 ** 40, 1024), span(2 ** 40 + 2 ** 32, 1024)];
    run([one.address, other.address, other.address + 64], [one, other]);
    assert.deepEqual(marks(one, one.address), [1, 0]);
    assert.deepEqual(marks(other, other.address), [2, 0]);
    assert.deepEqual(marks(other, other.address + 64), [2, 1]);
  });
});

/** Lets other threads run until something is so. */
function waitFor(so: () => boolean): void {
  const deadline = Date.now() + 10_000;
  while (!so()) {
    assert.ok(Date.now() < deadline, 'it never came');
    native.lcoreYield();
  }
}
