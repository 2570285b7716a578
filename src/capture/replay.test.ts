import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { frameOf, PcapWriter } from '../testing/capture-files.js';
import { Folder } from '../testing/capture-folder.js';
import { noTestpmd, replayWithTestpmd } from '../testing/testpmd.js';
import { readFrames, scanCapture } from './capture.js';
import {
  DEFAULT_DATA_ROOM,
  dataRoomFor,
  LONGEST_CHAINED_FRAME,
  LONGEST_REPLAYED_FRAME,
  refuseUnreplayable,
  segments,
  segmentsOf,
} from './replay.js';

const folder = new Folder();
const skip = noTestpmd();

function captureOf(...lengths: number[]): string {
  const writer = new PcapWriter();
  lengths.forEach((length, index) => {
    writer.record(frameOf(length, index));
  });
  return folder.file(writer.bytes());
}

test('a frame takes one mbuf up to its room behind the headroom, then a whole room each', () => {
  const counts = [0, 1, 2048, 2049, 2048 + 2176, 2048 + 2176 + 1, 65_407].map((length) =>
    segmentsOf(length, DEFAULT_DATA_ROOM),
  );
  assert.deepEqual(counts, [1, 1, 1, 2, 2, 3, 31]);
  assert.equal(segmentsOf(100, 100), 2);
});

test('segments of a capture are those of its frames, filled one after the other', () => {
  const fill = (length: number, room: number) => {
    let count = 1;
    for (let rest = length - Math.max(0, room - 128); rest > 0; rest -= room) count++;
    return count;
  };
  const lengths = fc.array(fc.nat(20_000), { maxLength: 20 });
  const property = fc.property(lengths, fc.integer({ min: 1, max: 9000 }), (all, room) => {
    const each = all.map((length) => fill(length, room));
    assert.deepEqual(segments(scanCapture(captureOf(...all)), room), {
      total: each.reduce((sum, count) => sum + count, 0),
      most: Math.max(0, ...each),
    });
  });
  fc.assert(property, { numRuns: 50 });
});

test('chooses a data room by the longest frame', () => {
  const roomFor = (...lengths: number[]) => dataRoomFor(scanCapture(captureOf(...lengths)));
  assert.equal(roomFor(), DEFAULT_DATA_ROOM);
  assert.equal(roomFor(60, 9000, LONGEST_CHAINED_FRAME), DEFAULT_DATA_ROOM);
  assert.equal(roomFor(LONGEST_CHAINED_FRAME + 1), LONGEST_CHAINED_FRAME + 129);
  assert.equal(roomFor(LONGEST_REPLAYED_FRAME), 65_535);
});

test('refuses a capture with a frame no port can carry whole', () => {
  const info = scanCapture(captureOf(60, LONGEST_REPLAYED_FRAME, LONGEST_REPLAYED_FRAME + 1));
  for (const refuse of [refuseUnreplayable, dataRoomFor]) {
    assert.throws(() => refuse(info), {
      code: 'INPUT_UNSUPPORTED',
      exit: 2,
      message: /: frame 3 is 65408 bytes long, and .*\. Cut its frames.* "editcap -s 65407"\.$/,
    });
  }
});

const lengths = {
  'short, empty and chained frames': [0, 1, 14, 60, 2048, 2049, 9000, LONGEST_CHAINED_FRAME],
  'frames too long to be chained': [0, 60, LONGEST_CHAINED_FRAME + 1, LONGEST_REPLAYED_FRAME],
};
for (const [what, all] of Object.entries(lengths)) {
  test(`net_pcap forwards ${what} whole, in the data room chosen`, { skip }, async () => {
    const input = captureOf(...all);
    const output = join(folder.path, 'out.pcap');
    const dataRoom = dataRoomFor(scanCapture(input));
    await replayWithTestpmd(input, output, { mode: 'io', frames: all.length, dataRoom });
    const [sent, received] = [output, input].map((file) => [...readFrames(file)].map(Buffer.from));
    assert.deepEqual(sent, received);
  });
}

test('net_pcap does cut a longer chain', { skip }, async () => {
  const output = join(folder.path, 'cut.pcap');
  await replayWithTestpmd(captureOf(LONGEST_CHAINED_FRAME + 1), output, { mode: 'io', frames: 1 });
  assert.equal(scanCapture(output).maxLength, LONGEST_CHAINED_FRAME);
});
