import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { METHODS } from '../apps/l2fwd/options.js';
import { readFrames } from '../capture/capture.js';
import { frameOf, PcapWriter } from '../testing/capture-files.js';
import { Folder } from '../testing/capture-folder.js';
import { assertFrames, assertLossless, forwarded } from '../testing/forwarding.js';
import { l2fwdHere } from '../testing/l2fwd-program.js';

// A frame of less than two MAC addresses, 12 bytes, has nothing to exchange: it is forwarded as it
// came, and counted as a runt. No wire carries such frames, captures and virtual ports do: down to
// frames of no bytes at all.

const folder = new Folder();

/** Every length from 0 to 20 and a few usual ones, three times, in an order that mixes them. */
const lengths = [...Array(21).keys(), 60, 64, 127, 128, 1514];
const frames = [...lengths, ...lengths.toReversed(), ...lengths].map((n, i) => frameOf(n, i + 1));
const runts = frames.filter((frame) => frame.length < 12);
const bytes = frames.reduce((sum, frame) => sum + frame.length, 0);

function capture(of: Uint8Array[], name: string): string {
  const writer = new PcapWriter();
  for (const frame of of) writer.record(frame);
  return folder.file(writer.bytes(), name);
}

const mixed = capture(frames, 'mixed.pcap');
const small = capture(runts, 'runts.pcap');

for (const method of METHODS) {
  describe(method, () => {
    const how = ['--method', method, '--burst', '7', '--verify'];

    for (const memory of ['host', 'gpu', 'staged']) {
      it(`forwards runts among other frames, in ${memory} memory`, async () => {
        const out = join(folder.path, `${method}-${memory}.pcap`);
        const io = ['--in', mixed, '--out', out, '--memory', memory];
        const { status, result } = await l2fwdHere([...io, ...how]);
        assert.equal(status, 0);
        assertLossless(result, frames.length, bytes);
        const swapped = frames.map((frame) => forwarded(frame, method));
        assertFrames(readFrames(out), swapped);
        // `io` looks at no frame: it swaps nothing, and calls nothing a runt.
        assert.equal(result.unchanged.runt, method === 'io' ? 0 : runts.length);
        assert.deepEqual(result.verify, { checked: frames.length, wrong: 0 });
      });
    }

    it('forwards a capture of nothing but runts', async () => {
      const out = join(folder.path, `${method}.pcap`);
      const { status, result } = await l2fwdHere(['--in', small, '--out', out, ...how]);
      assert.equal(status, 0);
      assertLossless(result, runts.length);
      assertFrames(readFrames(out), runts);
      assert.equal(result.unchanged.runt, method === 'io' ? 0 : runts.length);
    });
  });
}

it('are the 36 shortest of 78 frames', () => {
  assert.deepEqual([runts.length, frames.length], [36, 78]);
});
