import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HostMemory } from '../../../memory/memory.js';
import { AddressSpace, CachedMemory } from './address-space.js';
import { Board } from './board.js';
import { IllegalAddress } from './fault.js';
import { SpanTable } from './span-table.js';

const host = new HostMemory(1 << 16);

// No multiprocessor runs here, so that taking a span back waits for none.
function space() {
  const board = Board.create();
  const table = new SpanTable(board);
  const reader = new AddressSpace(board, 0);
  return { table, reader, memory: new CachedMemory(reader) };
}

test('a span may lie across a boundary of 4 GiB', () => {
  const { table, memory } = space();
  const start = 5 * 2 ** 32 - 64;
  table.add(start, 128, host.address);
  for (const offset of [0, 60, 64, 124]) {
    const address = start + offset;
    const low = address % 2 ** 32;
    const span = memory.spanOf(low, Math.floor(address / 2 ** 32), 4);
    assert.equal((low - span.origin) >>> 0, offset);
    assert.equal(memory.span(address, 4), span);
    // Words read from memory may come signed.
    assert.equal(memory.spanOf(low | 0, Math.floor(address / 2 ** 32), 4), span);
  }
  assert.throws(() => memory.spanOf(60, 5, 8), IllegalAddress);
  assert.throws(() => memory.spanOf(start % 2 ** 32, 5, 8), IllegalAddress);
});

test('a window ends where its span ends', () => {
  const { table, memory } = space();
  table.add(0x1000, 100, host.address);
  const span = memory.span(0x1000, 100);
  assert.equal(span.window.u8.length, 100);
  assert.deepEqual([span.address, span.bytes, span.origin, span.high], [0x1000, 100, 0x1000, 0]);
});

test('what is no range is illegal', () => {
  const { table, memory } = space();
  table.add(0x1000, 100, host.address);
  memory.span(0x1000, 100);
  for (const [address, bytes] of [
    [0x1000, -1],
    [0x1000, Number.NaN],
    [Number.NaN, 4],
    [0x1000, 101],
    [0xfff, 4],
    [-0x1000, 4],
  ]) {
    assert.throws(() => memory.span(address, bytes), IllegalAddress);
  }
  assert.throws(() => memory.span(0xdead0000, 16), /\[0xdead0000, \+16\) is in no allocation/);
});

test('a span that was taken back is illegal once the multiprocessor looked up', () => {
  const { table, reader, memory } = space();
  table.add(0x1000, 100, host.address);
  const span = memory.span(0x1000, 4);
  const known = table.at(0x1000);
  assert.ok(known);
  table.remove(known, 'free');
  reader.refresh();
  assert.throws(() => memory.span(0x1000, 4), IllegalAddress);
  // A view from before does not reach the memory any more either.
  assert.throws(() => Atomics.load(span.window.i32, 0), TypeError);
  assert.equal(span.window.u8[0], undefined);
  table.add(0x1000, 8, host.address);
  assert.equal(memory.span(0x1000, 8).bytes, 8);
});

test('property: any sequence of spans is seen as a list of intervals would', () => {
  const STEP = 256;
  const action = fc.record({
    remove: fc.boolean(),
    place: fc.nat(15),
    length: fc.integer({ min: 1, max: 3 * STEP }),
    probes: fc.array(fc.tuple(fc.nat(20 * STEP), fc.nat(2 * STEP)), { maxLength: 8 }),
  });
  fc.assert(
    fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
      const { table, reader } = space();
      const memories = [new CachedMemory(reader), new CachedMemory(reader)];
      let model: { start: number; end: number }[] = [];
      for (const { remove, place, length, probes } of actions) {
        const start = 0x10000 + place * STEP;
        const clash = model.some((s) => start < s.end && s.start < start + length);
        assert.equal(table.overlap(start, length) !== undefined, clash);
        const there = table.at(start);
        if (remove && there !== undefined) {
          table.remove(there, 'free');
          reader.refresh();
          model = model.filter((s) => s.start !== start);
        } else if (!remove && !clash) {
          table.add(start, length, host.address + place * STEP);
          model.push({ start, end: start + length });
        }
        probes.forEach(([offset, bytes], i) => {
          const address = 0x10000 + offset;
          const memory = memories[i % 2];
          const inside = model.find((s) => address >= s.start && address + bytes <= s.end);
          if (inside === undefined) {
            assert.throws(() => memory.span(address, bytes), IllegalAddress);
          } else {
            assert.equal(memory.span(address, bytes).address, inside.start);
          }
        });
      }
    }),
  );
});
