import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { windowAt } from '../../../memory/memory.js';
import { args, TestGpu } from '../../../testing/test-gpu.js';
import { Compare, type GraphNode } from '../../driver.js';

/*
 * Programs over one to three streams against a sequential model. A program is a list of steps in
 * one order; each belongs to a stream, or to the host. Every stream works on words of its own, half
 * of them in host and half in device memory. Streams meet only in mailboxes, each used once: words
 * are copied in, then its flag is stored; whoever takes them waits for the flag first. Hence
 * running the steps one after the other gives the only outcome there may be, however they overlap.
 *
 *   words of one stream: host 0-31 │ device 32-63        mailbox: flag │ 15 words
 */
const STREAMS = 3;
const WORDS = 64;
const HALF = WORDS / 2;
const LETTER = 15;
const MAILBOXES = 16;
const MAIL = STREAMS * HALF;

/** What happens to words of one stream. `i`, `j`: words of it; a run of words stays in its half. */
type Deed =
  | { type: 'write'; i: number; value: number }
  | { type: 'scale'; slow: boolean; i: number; blocks: number; factor: number; n: number }
  | { type: 'copy'; i: number; j: number; length: number };

type Step = { stream: number } & (
  | Deed
  | { type: 'event' }
  | { type: 'graph'; nodes: { deed: Deed; extra: number[] }[]; times: number }
  | { type: 'post'; i: number; byHost: boolean }
  | { type: 'take'; i: number; pick: number }
);

const word32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const half = fc.constantFrom(0, HALF);
const deed: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({ type: fc.constant('write' as const), i: fc.nat(WORDS - 1), value: word32 }),
  fc
    .tuple(half, fc.nat(HALF - 8), fc.integer({ min: 1, max: 8 }), fc.boolean(), word32, fc.nat(99))
    .map(([h, i, blocks, slow, factor, n]) => {
      return { type: 'scale' as const, slow, i: h + i, blocks, factor, n };
    }),
  fc
    .tuple(half, half, fc.nat(HALF - 8), fc.nat(HALF - 8), fc.integer({ min: 1, max: 8 }))
    .map(([h, k, i, j, length]) => ({ type: 'copy' as const, i: h + i, j: k + j, length })),
);
const step: fc.Arbitrary<Step> = fc
  .tuple(
    fc.nat(STREAMS - 1),
    fc.oneof(
      { weight: 6, arbitrary: deed },
      { weight: 1, arbitrary: fc.constant({ type: 'event' as const }) },
      {
        weight: 2,
        arbitrary: fc.record({
          type: fc.constant('graph' as const),
          nodes: fc.array(fc.record({ deed, extra: fc.array(fc.nat(9), { maxLength: 2 }) }), {
            maxLength: 8,
          }),
          times: fc.integer({ min: 1, max: 3 }),
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({
          type: fc.constant('post' as const),
          i: fc.nat(HALF - LETTER),
          byHost: fc.boolean(),
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({
          type: fc.constant('take' as const),
          i: fc.nat(HALF - LETTER),
          pick: fc.nat(MAILBOXES - 1),
        }),
      },
    ),
  )
  .map(([stream, what]) => ({ stream, ...what }));

/** The words a deed reads or writes. */
function touched(d: Deed): number[] {
  const run = (i: number, length: number) => Array.from({ length }, (_, k) => i + k);
  if (d.type === 'write') return [d.i];
  if (d.type === 'scale') return run(d.i, d.blocks);
  return [...run(d.i, d.length), ...run(d.j, d.length)];
}

/** What a deed does, done at once. */
function model(words: Int32Array, d: Deed): void {
  if (d.type === 'write') words[d.i] = d.value;
  else if (d.type === 'copy') words.copyWithin(d.i, d.j, d.j + d.length);
  else for (let k = d.i; k < d.i + d.blocks; k++) words[k] = Math.imul(words[k], d.factor) + d.n;
}

class Rig {
  readonly streams: number[] = [];
  private device = 0;
  private scale = 0;
  private slowly = 0;

  constructor(readonly t: TestGpu) {}

  async prepare(): Promise<this> {
    this.scale = await this.t.kernel('scale');
    this.slowly = await this.t.kernel('scaleSlowly');
    this.device = this.t.gpu.allocate(STREAMS * HALF * 4);
    return this;
  }

  /** Address of a stream's word. */
  at(stream: number, word: number): number {
    return word < HALF
      ? this.t.at(stream * HALF + word)
      : this.device + 4 * (stream * HALF + word - HALF);
  }

  mailbox(box: number): number {
    return this.t.at(MAIL + box * (LETTER + 1));
  }

  clear(): void {
    this.t.words.fill(0);
    const bytes = STREAMS * HALF * 4;
    windowAt(this.t.gpu.cpuMap(this.device, bytes), bytes).i32.fill(0);
  }

  words(stream: number): number[] {
    const bytes = STREAMS * HALF * 4;
    const device = windowAt(this.t.gpu.cpuMap(this.device, bytes), bytes).i32;
    const from = stream * HALF;
    return [...this.t.words.slice(from, from + HALF), ...device.slice(from, from + HALF)];
  }

  submit(stream: number, d: Deed): void {
    const { gpu } = this.t;
    const s = this.streams[stream];
    const i = this.at(stream, d.i);
    if (d.type === 'write') gpu.writeValue(s, i, d.value);
    else if (d.type === 'copy') gpu.copy(s, i, this.at(stream, d.j), 4 * d.length);
    else gpu.launch(s, d.slow ? this.slowly : this.scale, d.blocks, args(i, d.factor, d.n));
  }

  node(stream: number, d: Deed, after: number[]): GraphNode {
    const i = this.at(stream, d.i);
    if (d.type === 'write') return { type: 'write', after, address: i, value: d.value };
    if (d.type === 'copy') {
      return { type: 'copy', after, to: i, from: this.at(stream, d.j), bytes: 4 * d.length };
    }
    const kernel = d.slow ? this.slowly : this.scale;
    return { type: 'kernel', after, kernel, blocks: d.blocks, args: [i, d.factor, d.n] };
  }

  /** Nodes come after earlier ones only where they must, so that branches really overlap. */
  graph(stream: number, nodes: { deed: Deed; extra: number[] }[]): number {
    return this.t.gpu.createGraph(
      nodes.map(({ deed: d, extra }, i) => {
        const mine = new Set(touched(d));
        const clashes = nodes
          .slice(0, i)
          .flatMap((earlier, k) => (touched(earlier.deed).some((w) => mine.has(w)) ? [k] : []));
        const more = extra.filter((k) => k < i);
        return this.node(stream, d, [...clashes, ...more]);
      }),
    );
  }
}

/** Runs a program on the device and in the model; compares every word. */
function compare(rig: Rig, steps: Step[]): void {
  const { gpu, words } = rig.t;
  const expected = Array.from({ length: STREAMS }, () => new Int32Array(WORDS));
  const letters: Int32Array[] = [];
  const late: (() => void)[] = [];
  const graphs: number[] = [];
  const events: { stream: number; event: number }[] = [];
  rig.clear();
  for (let i = 0; i < STREAMS; i++) rig.streams[i] = gpu.createStream();
  for (const now of steps) {
    const stream = rig.streams[now.stream];
    const mine = expected[now.stream];
    switch (now.type) {
      case 'event': {
        const event = gpu.createEvent();
        gpu.recordEvent(stream, event);
        events.push({ stream: now.stream, event });
        break;
      }
      case 'graph': {
        const graph = rig.graph(now.stream, now.nodes);
        graphs.push(graph);
        for (let k = 0; k < now.times; k++) {
          gpu.launchGraph(stream, graph);
          for (const node of now.nodes) model(mine, node.deed);
        }
        break;
      }
      case 'post': {
        if (letters.length === MAILBOXES) break;
        const to = rig.mailbox(letters.length);
        const flag = letters.length + 1;
        if (now.byHost) {
          // The host's own letter, posted while earlier work may run, or later work wait for it.
          const letter = Int32Array.from({ length: LETTER }, (_, k) => now.i * 1000 + k);
          const first = (to - rig.t.at(0)) / 4;
          const post = () => {
            words.set(letter, first + 1);
            Atomics.store(words, first, flag);
          };
          if (now.i % 2 === 0) post();
          else late.push(post);
          letters.push(letter);
        } else {
          gpu.copy(stream, to + 4, rig.at(now.stream, now.i), 4 * LETTER);
          gpu.writeValue(stream, to, flag);
          letters.push(mine.slice(now.i, now.i + LETTER));
        }
        break;
      }
      case 'take': {
        if (letters.length === 0) break;
        const box = now.pick % letters.length;
        const compares = [Compare.EQ, Compare.GEQ, Compare.AND];
        gpu.waitValue(stream, rig.mailbox(box), box + 1, compares[now.pick % 3]);
        gpu.copy(stream, rig.at(now.stream, now.i), rig.mailbox(box) + 4, 4 * LETTER);
        mine.set(letters[box], now.i);
        break;
      }
      default:
        rig.submit(now.stream, now);
        model(mine, now);
    }
  }
  for (const post of late) post();
  for (const stream of rig.streams) gpu.synchronize(stream);
  for (let i = 0; i < STREAMS; i++) {
    assert.deepEqual(rig.words(i), [...expected[i]], `words of stream ${i}`);
    const reached = events.filter((e) => e.stream === i).map((e) => e.event);
    for (let k = 1; k < reached.length; k++) {
      assert.ok(gpu.elapsed(reached[k - 1], reached[k]) >= 0);
    }
    gpu.destroyStream(rig.streams[i]);
  }
  for (const { event } of events) gpu.destroyEvent(event);
  for (const graph of graphs) gpu.destroyGraph(graph);
}

for (const processors of [1, 2, 3]) {
  let rig: Rig;
  before(async () => {
    rig = await new Rig(await TestGpu.open(processors)).prepare();
  });
  after(() => rig.t.close());

  test(`property: ${processors} multiprocessors do what a sequential model does`, () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80, size: 'max' }), (steps) => compare(rig, steps)),
      { numRuns: 100 },
    );
  });
}
