import assert from 'node:assert/strict';
import { after, beforeEach, describe, it } from 'node:test';
import fc from 'fast-check';
import { Eal } from '../dpdk/eal.js';
import { Mempool } from '../dpdk/mempool.js';
import { forward } from '../kernels/forward.js';
import type { Kernel } from '../kernels/kernel.js';
import { macSwap } from '../kernels/mac-swap.js';
import { HostMemory } from '../memory/memory.js';
import { Count, TALLY_BYTES, Tally } from '../telemetry/tally.js';
import { frameOf } from '../testing/capture-files.js';
import { ChainedMbufs } from '../testing/chained-mbufs.js';
import { dpdkLayout } from '../testing/dpdk-layout.js';
import { MbufArray } from '../testing/mbuf-array.js';
import { CpuDigest } from './digest.js';
import { Ledger } from './ledger.js';
import { headBytes, Verifier } from './verifier.js';

const ITEMS = 3;
const BURST = 16;

const memory = new HostMemory(Ledger.bytes(ITEMS, BURST, true) + TALLY_BYTES);
const { address } = memory;
const ledger = new Ledger(memory.window, { address, items: ITEMS, burst: BURST, verify: true });
const tally = new Tally(memory.window, address + Ledger.bytes(ITEMS, BURST, true));

/** Frames checked, and wrong among them, since the test began. */
function counts(): [checked: number, wrong: number] {
  return [tally.values[Count.checked], tally.values[Count.wrong]];
}

function verifierOf(kernel?: Kernel): Verifier {
  return new Verifier(ledger, tally, new CpuDigest(BURST, headBytes(kernel)), kernel);
}

function swapped(frame: Uint8Array): Uint8Array {
  const bytes = frame.slice();
  if (frame.length < 12) return bytes;
  bytes.set(frame.subarray(6, 12), 0);
  bytes.set(frame.subarray(0, 6), 6);
  return bytes;
}

function framesOf(...lengths: number[]): Uint8Array[] {
  return lengths.map((length, i) => new Uint8Array(frameOf(length, i)));
}

beforeEach(() => tally.values.fill(0));

describe('verifier, on frames of a mempool', () => {
  Eal.start();
  // Two that cut frames differently.
  const pool = Mempool.create({ name: 'whole', mbufs: 256, frameBytes: 2048 });
  const narrow = Mempool.create({ name: 'narrow', mbufs: 1024, frameBytes: 64 });
  const [before, behind] = [new MbufArray(BURST), new MbufArray(BURST)];
  after(() => {
    for (const one of [pool, narrow]) {
      assert.equal(one.available, one.size);
      one.free();
    }
    Eal.stop();
  });

  /** Shows a verifier what was received and what is to be sent instead; tells what it counted. */
  function verify(
    kernel: Kernel | undefined,
    received: readonly Uint8Array[],
    sending: readonly Uint8Array[],
    from = pool,
    to = pool,
  ): [checked: number, wrong: number] {
    tally.values.fill(0);
    const verifier = verifierOf(kernel);
    before.fill(from, received);
    verifier.received(before.at(0), 1, 0, received.length);
    before.free(0, received.length);
    behind.fill(to, sending);
    verifier.sending(behind.at(0), 1, sending.length);
    behind.free(0, sending.length);
    return counts();
  }

  it('frames with their MAC addresses exchanged are right; so are runts as they were', () => {
    const frames = framesOf(0, 1, 11, 12, 13, 60, 64, 1514, 2048);
    assert.deepEqual(verify(macSwap, frames, frames.map(swapped)), [9, 0]);
  });

  it('a frame that was not swapped is wrong, and only that', () => {
    const frames = framesOf(60, 61, 62, 63);
    const sent = frames.map(swapped);
    sent[2] = frames[2];
    assert.deepEqual(verify(macSwap, frames, sent), [4, 1]);
    assert.deepEqual(verify(macSwap, frames, frames), [4, 4]);
    // A runt that was swapped all the same.
    const [runt] = framesOf(11);
    const turned = Uint8Array.from([...runt.subarray(6), ...runt.subarray(0, 6)]);
    assert.deepEqual(verify(macSwap, [runt], [turned]), [1, 1]);
  });

  it('any one byte that changed makes its frame wrong, wherever it is', () => {
    const change = fc.record({
      length: fc.integer({ min: 1, max: 700 }),
      at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      by: fc.integer({ min: 1, max: 255 }),
      pools: fc.constantFrom<[Mempool, Mempool]>([pool, pool], [pool, narrow], [narrow, narrow]),
    });
    fc.assert(
      fc.property(change, ({ length, at, by, pools: [from, to] }) => {
        const frames = framesOf(80, length, 90);
        const sent = frames.map(swapped);
        assert.deepEqual(verify(macSwap, frames, sent, from, to), [3, 0]);
        sent[1][Math.floor(at * length)] ^= by;
        assert.deepEqual(verify(macSwap, frames, sent, from, to), [3, 1]);
      }),
      { numRuns: 200 },
    );
  });

  it('frames that changed places are wrong, both', () => {
    const frames = framesOf(60, 60, 60, 60);
    const sent = frames.map(swapped);
    [sent[1], sent[3]] = [sent[3], sent[1]];
    assert.deepEqual(verify(macSwap, frames, sent), [4, 2]);
    // Frames that differ in their payload's last byte alone.
    const twins = [frames[0], frames[0].slice()];
    twins[1][59] ^= 1;
    assert.deepEqual(verify(macSwap, twins, [...twins].reverse().map(swapped)), [2, 2]);
  });

  it('words of a frame that changed places make it wrong', () => {
    const [frame] = framesOf(60);
    const sent = swapped(frame);
    const words = [sent.slice(20, 28), sent.slice(28, 36)];
    sent.set(words[1], 20);
    sent.set(words[0], 28);
    assert.deepEqual(verify(macSwap, [frame], [sent]), [1, 1]);
  });

  it('changes of two bytes do not make up for each other', () => {
    const [frame] = framesOf(76);
    const right = swapped(frame);
    assert.deepEqual(verify(macSwap, [frame], [right]), [1, 0]);
    // Top bits above all: a product of words lets them pass as they are.
    for (let i = 12; i < 76; i++)
      for (let j = i + 1; j < 76; j++) {
        const sent = right.slice();
        sent[i] ^= 0x80;
        sent[j] ^= 0x80;
        assert.deepEqual(verify(macSwap, [frame], [sent]), [1, 1], `bytes ${i} and ${j}`);
      }
  });

  it('a frame that became shorter or longer is wrong, if only by zeros', () => {
    const frames = framesOf(60, 64, 300);
    const right = frames.map(swapped);
    for (const n of [1, 4, 8]) {
      assert.deepEqual(verify(macSwap, frames, [right[0].slice(0, -n), ...right.slice(1)]), [3, 1]);
      const longer = new Uint8Array(60 + n);
      longer.set(right[0]);
      assert.deepEqual(verify(macSwap, frames, [longer, ...right.slice(1)]), [3, 1]);
    }
    const zeros = [new Uint8Array(64)];
    assert.deepEqual(verify(macSwap, zeros, [new Uint8Array(63)]), [1, 1]);
    assert.deepEqual(verify(macSwap, zeros, [new Uint8Array(72)]), [1, 1]);
  });

  it('how a frame is cut into segments does not matter', () => {
    const frames = framesOf(12, 64, 65, 500, 1514);
    const sent = frames.map(swapped);
    assert.deepEqual(verify(macSwap, frames, sent, narrow, pool), [5, 0]);
    assert.deepEqual(verify(macSwap, frames, sent, pool, narrow), [5, 0]);
  });

  it('where nothing may change, nothing may', () => {
    const frames = framesOf(0, 8, 60, 700);
    for (const kernel of [undefined, forward]) {
      assert.deepEqual(verify(kernel, frames, frames), [4, 0]);
      assert.deepEqual(verify(kernel, frames, frames.map(swapped)), [4, 2]);
      for (const at of [0, 5, 15, 16, 17, 59]) {
        const sent = frames.map((frame) => frame.slice());
        sent[2][at] ^= 0x80;
        assert.deepEqual(verify(kernel, frames, sent), [4, 1], `byte ${at}`);
      }
    }
  });

  it('items are compared each with what it received, in as many goes as it took', () => {
    const verifier = verifierOf(macSwap);
    const rows = Array.from({ length: ITEMS }, (_, item) =>
      framesOf(...Array.from({ length: 9 }, (_, i) => 60 + 20 * item + i)),
    );
    for (const [item, frames] of rows.entries())
      for (const [from, to] of [
        [0, 4],
        [4, 5],
        [5, 9],
      ]) {
        before.fill(pool, frames.slice(from, to));
        verifier.received(before.at(0), item, from, to - from);
        before.free(0, to - from);
      }
    for (const item of [2, 0, 1]) {
      const sent = rows[item].map(swapped);
      if (item === 0) sent[4][30]++;
      behind.fill(pool, sent);
      verifier.sending(behind.at(0), item, 9);
      behind.free(0, 9);
    }
    assert.deepEqual(counts(), [27, 1]);
  });

  it('what one lcore received another may send', () => {
    const frames = framesOf(60, 70);
    before.fill(pool, frames);
    verifierOf(macSwap).received(before.at(0), 0, 0, 2);
    before.free(0, 2);
    behind.fill(pool, frames.map(swapped));
    verifierOf(macSwap).sending(behind.at(0), 0, 2);
    behind.free(0, 2);
    assert.deepEqual(counts(), [2, 0]);
  });
});

const layout = dpdkLayout();
const skip = typeof layout === 'string' && layout;

describe('fingerprints, on chains of any shape', { skip }, () => {
  const mbufs = new ChainedMbufs(64, layout as Record<string, number>);
  after(() => mbufs.release());

  /** The 8 words of a frame's fingerprint: head │ sum │ length │ segments. */
  function fingerprint(segments: readonly Uint8Array[], kernel?: Kernel): number[] {
    mbufs.clear();
    verifierOf(kernel).received(mbufs.chain(segments), 2, 3, 1);
    const word = ledger.fingerprintWord(2, 3);
    return [...ledger.words.subarray(word, word + 8)];
  }
  /** A frame cut at these places; two equal ones make an empty segment. */
  function cut(frame: Uint8Array, places: readonly number[]): Uint8Array[] {
    const at = [0, ...[...places].sort((a, b) => a - b), frame.length];
    return at.slice(1).map((to, i) => frame.subarray(at[i], to));
  }

  const frame = fc.uint8Array({ minLength: 0, maxLength: 200 });
  const places = fc.array(fc.nat(200), { maxLength: 12 });
  const kernels = fc.constantFrom<(Kernel | undefined)[]>(macSwap, forward, undefined);

  it('are those of the bytes: the same for every way to cut them', () => {
    fc.assert(
      fc.property(frame, places, kernels, (bytes, at, kernel) => {
        const segments = cut(
          bytes,
          at.map((place) => Math.min(place, bytes.length)),
        );
        const whole = fingerprint([bytes], kernel);
        const chained = fingerprint(segments, kernel);
        assert.deepEqual(chained.slice(0, 7), whole.slice(0, 7));
        assert.deepEqual([chained[6], chained[7], whole[7]], [bytes.length, segments.length, 1]);
      }),
      { numRuns: 500 },
    );
  });

  it('hold the first bytes, as many as the kernel may change, and zeros behind', () => {
    fc.assert(
      fc.property(frame, places, kernels, (bytes, at, kernel) => {
        const segments = cut(
          bytes,
          at.map((place) => Math.min(place, bytes.length)),
        );
        const words = Uint32Array.from(fingerprint(segments, kernel).slice(0, 4));
        const head = new Uint8Array(16);
        head.set(bytes.subarray(0, kernel?.headBytes ?? 16));
        assert.deepEqual(new Uint8Array(words.buffer), head);
      }),
    );
  });

  it('differ when any byte does, anywhere in the chain', () => {
    const change = fc.tuple(fc.nat(10_000), fc.integer({ min: 1, max: 255 }));
    const full = fc.uint8Array({ minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(full, places, kernels, change, (bytes, at, kernel, [where, by]) => {
        const inside = at.map((place) => Math.min(place, bytes.length));
        const was = fingerprint(cut(bytes, inside), kernel);
        const changed = bytes.slice();
        changed[where % bytes.length] ^= by;
        const is = fingerprint(cut(changed, inside), kernel);
        assert.notDeepEqual(is.slice(0, 6), was.slice(0, 6));
        assert.deepEqual(is.slice(6), was.slice(6));
      }),
      { numRuns: 500 },
    );
  });

  it('differ for random frames: none of some thousand has another’s', () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 3000; seed++) {
      const bytes = new Uint8Array(64);
      new DataView(bytes.buffer).setUint32(60 - 4 * (seed % 5), seed * 2654435761, true);
      seen.add(fingerprint([bytes], macSwap).slice(0, 7).join());
    }
    assert.equal(seen.size, 3000);
  });
});
