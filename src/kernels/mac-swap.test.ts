import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { forward } from './forward.js';
import { type Burst, entry, type Kernel } from './kernel.js';
import { MAC_HEADER, macSwap, swapMacs } from './mac-swap.js';

interface Frame {
  /** Bytes between the frame before and this one. */
  gap: number;
  length: number;
}

interface Case {
  frames: Frame[];
  /** Device address of the memory's first byte, its low word: frames may lie where it wraps. */
  origin: number;
  /** Descriptors before the burst's. */
  before: number;
  seed: number;
}

/** Lengths around that of two MAC addresses, and any; gaps that give every alignment. */
const length = fc.oneof(fc.integer({ min: 0, max: 24 }), fc.integer({ min: 0, max: 300 }));
const frame = fc.record({ gap: fc.nat(7), length });
const origin = fc.oneof(fc.nat(2 ** 32 - 1), fc.integer({ min: 2 ** 32 - 600, max: 2 ** 32 - 1 }));
const cases = fc.record({
  frames: fc.array(frame, { maxLength: 40 }),
  origin,
  before: fc.nat(3),
  seed: fc.nat(255),
});

/** Lays the frames out in memory and describes them, as they stand in an item. */
function layOut({ frames, origin, before, seed }: Case): { burst: Burst; starts: number[] } {
  const end = frames.reduce((sum, { gap, length }) => sum + gap + length, 0);
  const memory = new ArrayBuffer(Math.ceil((end + 16) / 8) * 8);
  const u8 = new Uint8Array(memory).map((_, i) => i * 31 + seed);
  const packets = new Uint32Array(4 * (before + frames.length + 2)).fill(0xdead_beef);
  const starts: number[] = [];
  let at = 0;
  for (const [i, { gap, length }] of frames.entries()) {
    at += gap;
    starts.push(at);
    packets.set([origin + at, 0x7f00, length, 0], 4 * (before + i));
    at += length;
  }
  const first = 4 * before;
  const u32 = new Uint32Array(u8.buffer);
  return { burst: { packets, first, count: frames.length, u8, u32, origin }, starts };
}

/** The MAC swap byte by byte, as the specification has it. */
function model(u8: Uint8Array, starts: number[], frames: Frame[]): Uint8Array {
  const bytes = u8.slice();
  for (const [i, start] of starts.entries()) {
    if (frames[i].length < 12) continue;
    bytes.set(u8.subarray(start + 6, start + 12), start);
    bytes.set(u8.subarray(start, start + 6), start + 6);
  }
  return bytes;
}

test('bytes 0-5 and 6-11 of each frame change places, and no other byte changes', () => {
  fc.assert(
    fc.property(cases, (one) => {
      const { burst, starts } = layOut(one);
      const expected = model(burst.u8, starts, one.frames);
      const packets = burst.packets.slice();
      swapMacs(burst);
      assert.deepEqual(burst.u8, expected);
      assert.deepEqual(burst.packets, packets);
    }),
    { numRuns: 500 },
  );
});

test('every length at every alignment', () => {
  for (let gap = 0; gap < 8; gap++)
    for (let length = 0; length <= 40; length++) {
      const frames = [{ gap, length }];
      const { burst, starts } = layOut({ frames, origin: 0xffff_fff0, before: 0, seed: 9 });
      const expected = model(burst.u8, starts, frames);
      const before = burst.u8.slice();
      swapMacs(burst);
      assert.deepEqual(burst.u8, expected, `${length} bytes at ${gap}`);
      // A runt is left as it is, from the first byte to the eleventh.
      if (length < MAC_HEADER) assert.deepEqual(burst.u8, before);
      else assert.notDeepEqual(burst.u8, before);
    }
});

test('swapped twice, a frame is what it was', () => {
  fc.assert(
    fc.property(cases, (one) => {
      const { burst } = layOut(one);
      const before = burst.u8.slice();
      swapMacs(burst);
      swapMacs(burst);
      assert.deepEqual(burst.u8, before);
    }),
  );
});

test('only the burst’s own packets are touched, though others stand beside them', () => {
  const frames = Array.from({ length: 9 }, (_, i) => ({ gap: i % 4, length: 20 }));
  const { burst, starts } = layOut({ frames, origin: 4096, before: 0, seed: 1 });
  const expected = model(burst.u8, starts.slice(3, 5), frames.slice(3, 5));
  swapMacs({ ...burst, first: 12, count: 2 });
  assert.deepEqual(burst.u8, expected);
  swapMacs({ ...burst, count: 0 });
  assert.deepEqual(burst.u8, expected);
});

test('what --verify expects is what the kernel does, for frames of any length', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 0, maxLength: 100 }), fc.nat(3), (bytes, at) => {
      // As a fingerprint has it: the first bytes, up to headBytes, zero-filled.
      const head = new Uint8Array(16);
      head.set(bytes.subarray(0, Math.min(bytes.length, macSwap.headBytes)));
      const words = new Uint32Array(4 + at + 2).fill(0xdead_beef);
      words.set(new Uint32Array(head.buffer), at);
      const others = [...words.subarray(0, at), ...words.subarray(at + 4)];
      macSwap.expect(words, at, bytes.length);
      const swapped = model(bytes, [0], [{ gap: 0, length: bytes.length }]);
      const expected = new Uint8Array(16);
      expected.set(swapped.subarray(0, Math.min(bytes.length, macSwap.headBytes)));
      assert.deepEqual(new Uint8Array(words.slice(at, at + 4).buffer), expected);
      assert.deepEqual([...words.subarray(0, at), ...words.subarray(at + 4)], others);
    }),
  );
});

test('forwarding leaves everything as it is, and expects that', () => {
  const words = Uint32Array.of(1, 2, 3, 4);
  forward.expect(words, 0, 60);
  assert.deepEqual([...words], [1, 2, 3, 4]);
  assert.deepEqual([forward.headBytes, forward.untouched], [0, true]);
});

for (const kernel of [macSwap, forward] as Kernel[])
  test(`${kernel.name} is found where it says, by lcores and by devices`, async () => {
    const imported = async ({ module, export: name }: { module: string; export: string }) =>
      (await import(module))[name];
    assert.equal(await imported(kernel.declared), kernel);
    assert.equal(typeof (await imported(kernel.software!)), 'function');
    assert.ok(kernel.headBytes <= 16);
    for (const kind of ['items', 'persistent'] as const) {
      const { name, software } = entry(kernel, kind);
      assert.equal(name, `${kernel.name}/${kind}`);
      assert.deepEqual(software?.wraps, kernel.software);
      assert.equal(typeof (await imported(software!)), 'function');
    }
  });
