import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeTrace } from './perfetto.js';
import { ProtoWriter } from './proto.js';
import { decodeTrace } from './read.js';
import { inOrder, type Slice, type Timeline, type Track } from './timeline.js';

const named = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' });
const args = fc.dictionary(
  fc.string({ minLength: 1, maxLength: 8 }).filter((name) => name !== '__proto__'),
  fc.oneof(fc.nat(2 ** 40), named, fc.constant(0.25), fc.constant(-3)),
  { minKeys: 1, maxKeys: 3, noNullPrototype: true },
);
const flow = fc.nat(2 ** 45);
const more = fc.record({ args, flow }, { requiredKeys: [] });

/** Slices that follow each other, some with two in them. */
const row = fc
  .array(
    fc.record({ name: named, gap: fc.nat(2 ** 33), long: fc.integer({ min: 3, max: 1e6 }), more }),
  )
  .map((pieces) => {
    const slices: Slice[] = [];
    let at = 0;
    for (const { name, gap, long, more: rest } of pieces) {
      const from = at + gap;
      slices.push({ name, from, to: from + long, ...rest });
      if (long % 3 === 0) slices.push({ name: 'first', from, to: from + 1 });
      if (long % 2 === 0) slices.push({ name: 'moment', from: from + 2, to: from + 2 });
      at = from + long;
    }
    return slices;
  });
const tracks = fc
  .uniqueArray(fc.record({ name: named, slices: row }), { selector: ({ name }) => name })
  .map((all) => all.map((one, i): Track => (i % 3 === 0 ? one : { ...one, group: 'group' })));

const about = { version: '0.1.0', burst: 64, 'of a second': 0.5 };

test('what is written is read again: names, groups, times, nesting, flows, arguments', () => {
  fc.assert(
    fc.property(tracks, (all) => {
      const timeline: Timeline = { name: 'warpline l2fwd stream', about, tracks: all };
      const read = decodeTrace(encodeTrace(timeline, 42));
      assert.deepEqual(read.about, about);
      assert.equal(read.name, timeline.name);
      const expected = all.map((track) => ({ ...track, slices: inOrder(track.slices) }));
      assert.deepEqual(read.tracks, expected);
    }),
    { numRuns: 200 },
  );
});

test('the first bytes are those of the format', () => {
  const bytes = encodeTrace({ name: 'p', about: {}, tracks: [] }, 5);
  // Trace.packet (1), 16 bytes: sequence 1 (10); track_descriptor (60), 11 bytes: uuid 1 (1), process
  // (3), 5 bytes: pid 5 (1), process_name "p" (6); child_ordering EXPLICIT (11).
  const expected = ['0a10', '5001', 'e2030b', '0801', '1a05', '0805', '320170', '5803'].join('');
  assert.equal(Buffer.from(bytes).subarray(0, 18).toString('hex'), expected);
});

test('slices that would overlap end with the one they began in, so that the file can be read', () => {
  const slices = [
    { name: 'a', from: 0, to: 10 },
    { name: 'b', from: 5, to: 15 },
    { name: 'c', from: 12, to: 20 },
  ];
  const { tracks: read } = decodeTrace(
    encodeTrace({ name: 'p', about, tracks: [{ name: 't', slices }] }, 1),
  );
  assert.deepEqual(
    read[0].slices.map(({ name, from, to }) => [name, from, to]),
    [
      ['a', 0, 10],
      ['b', 5, 10],
      ['c', 12, 20],
    ],
  );
});

test('what is no such trace is refused, with what is wrong', () => {
  const track = { name: 't', slices: [{ name: 'a', from: 1, to: 2 }] };
  const whole = Buffer.from(encodeTrace({ name: 'p', about, tracks: [track] }, 1));
  assert.throws(() => decodeTrace(whole.subarray(0, -1)), /ends within a field/);
  assert.throws(() => decodeTrace(Buffer.from('{"traceEvents":[]}')), /Error/);
  const packet = (fill: (writer: ProtoWriter) => void) => {
    const writer = new ProtoWriter();
    writer.message(1, (inner) => {
      inner.varint(10, 1);
      fill(inner);
    });
    return writer.bytes;
  };
  const with_ = (fill: (writer: ProtoWriter) => void) => Buffer.concat([whole, packet(fill)]);
  const event = (type: number, uuid: number) => (writer: ProtoWriter) => {
    writer.varint(8, 9);
    writer.message(11, (inner) => {
      inner.varint(9, type);
      inner.varint(11, uuid);
      inner.text(23, 'b');
    });
  };
  assert.throws(() => decodeTrace(with_(event(1, 99))), /track 99, which is not described/);
  assert.throws(() => decodeTrace(with_(event(2, 2))), /t: nothing is there to end/);
  assert.throws(() => decodeTrace(with_(event(1, 2))), /t: b does not end/);
  assert.throws(() => decodeTrace(with_(event(7, 2))), /no event has type 7/);
  assert.throws(() => decodeTrace(with_((writer) => writer.varint(77, 1))), /no field 77/);
  assert.throws(() => decodeTrace(with_(() => {})), /holds nothing/);
});
