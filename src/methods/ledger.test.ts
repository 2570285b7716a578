import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HostMemory } from '../memory/memory.js';
import { Ledger } from './ledger.js';

const GUARD = 4096;

/** A ledger in the middle of memory that is otherwise 0xee. */
function ledgerOf(items: number, burst: number, verify: boolean) {
  const bytes = Ledger.bytes(items, burst, verify);
  const memory = new HostMemory(GUARD + bytes + GUARD);
  const { u8 } = memory.window;
  u8.fill(0xee);
  u8.fill(0, GUARD, GUARD + bytes);
  const address = memory.address + GUARD;
  const ledger = new Ledger(memory.window, { address, items, burst, verify });
  const close = () => {
    assert.ok(u8.subarray(0, GUARD).every((byte) => byte === 0xee));
    assert.ok(u8.subarray(GUARD + bytes).every((byte) => byte === 0xee));
    memory.release();
  };
  return { ledger, address, bytes, close };
}

interface Kept {
  count: number;
  sent: number;
  bytes: number;
  arrivals: [tsc: number, total: number][];
}

test('keeps apart what it keeps about each item, whatever is done in which order', () => {
  const shape = fc.record({
    items: fc.integer({ min: 1, max: 6 }),
    burst: fc.integer({ min: 1, max: 20 }),
    verify: fc.boolean(),
  });
  const step = fc.record({
    what: fc.constantFrom('arrive', 'sent', 'open', 'count'),
    item: fc.nat(5),
    n: fc.nat(1000),
  });
  fc.assert(
    fc.property(shape, fc.array(step, { maxLength: 120 }), ({ items, burst, verify }, steps) => {
      const { ledger, close } = ledgerOf(items, burst, verify);
      const model = Array.from(
        { length: items },
        (): Kept => ({ count: 0, sent: 0, bytes: 0, arrivals: [] }),
      );
      steps.forEach(({ what, item: any, n }, i) => {
        const item = any % items;
        const kept = model[item];
        if (what === 'sent') {
          ledger.setSent(item, n);
          kept.sent = n;
        } else if (what === 'count') {
          ledger.setCount(item, n);
          kept.count = n;
        } else if (what === 'open') {
          ledger.open(item);
          model[item] = { count: 0, sent: 0, bytes: 0, arrivals: [] };
        } else if (kept.arrivals.length < burst) {
          // Time stamps are past what 32 bits hold.
          ledger.arrive(item, 2 ** 50 + i, n, 60 * n);
          kept.arrivals.push([2 ** 50 + i, n]);
          kept.bytes += 60 * n;
          kept.count = n;
        }
      });
      const found = model.map((_, item): Kept => {
        const arrivals = Array.from({ length: ledger.arrivals(item) }, (_, n): [number, number] => [
          ledger.arrivalTsc(item, n),
          ledger.arrivalTotal(item, n),
        ]);
        return {
          count: ledger.count(item),
          sent: ledger.sent(item),
          bytes: ledger.bytes(item),
          arrivals,
        };
      });
      assert.deepEqual(found, model);
      close();
    }),
  );
});

test('has room for as many arrivals as packets, and behind them for their fingerprints', () => {
  for (const [items, burst] of [
    [1, 1],
    [3, 5],
    [4, 64],
    [2, 1024],
  ]) {
    const { ledger, address, bytes, close } = ledgerOf(items, burst, true);
    for (let item = 0; item < items; item++)
      for (let packet = 0; packet < burst; packet++) {
        const word = ledger.fingerprintWord(item, packet);
        // The address the shim is given and the word we look at are one place.
        assert.equal(ledger.fingerprintAddress(item, packet), address + 4 * word);
        assert.ok(4 * word + 32 <= bytes);
        ledger.words.fill(1 + item * burst + packet, word, word + 8);
      }
    for (let item = 0; item < items; item++)
      for (let packet = 0; packet < burst; packet++) ledger.arrive(item, 1, packet + 1, 60);
    for (let item = 0; item < items; item++) {
      assert.deepEqual([ledger.arrivals(item), ledger.bytes(item)], [burst, 60 * burst]);
      assert.equal(ledger.arrivalTotal(item, burst - 1), burst);
      for (let packet = 0; packet < burst; packet++) {
        const word = ledger.fingerprintWord(item, packet);
        const kept = ledger.words.subarray(word, word + 8);
        assert.ok(kept.every((value) => value === 1 + item * burst + packet));
      }
    }
    close();
  }
});

test('items begin on cache lines of their own', () => {
  for (const burst of [1, 3, 64])
    for (const verify of [false, true]) assert.equal(Ledger.bytes(1, burst, verify) % 64, 0);
});

test('without --verify there is no room for fingerprints to pay for', () => {
  assert.ok(Ledger.bytes(256, 64, true) > 2 * Ledger.bytes(256, 64, false));
});
