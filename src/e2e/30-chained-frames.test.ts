import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { METHODS } from '../apps/l2fwd/options.js';
import { readFrames } from '../capture/capture.js';
import { acrossBus } from '../testing/across-bus.js';
import { frameOf, PcapWriter } from '../testing/capture-files.js';
import { Folder } from '../testing/capture-folder.js';
import { assertFrames, assertLossless, forwarded } from '../testing/forwarding.js';
import { l2fwdHere } from '../testing/l2fwd-program.js';
import { random } from '../testing/random.js';

// A frame longer than an mbuf arrives as a chain of them. l2fwd works on the first segment; the
// others must leave with it, in order and untouched, and all of them must be back in the pool.

const folder = new Folder();

/** Around the ends of the first mbufs of 256 bytes, ordinary frames, and jumbo ones up to 9,000. */
const draw = random('chained');
const edges = [60, 255, 256, 257, 384 + 255, 384 + 256, 384 + 257, 1514, 2048, 2049, 8999, 9000];
const lengths = [...edges, ...Array.from({ length: 120 }, () => 12 + Math.floor(draw() * 8989))];
const frames = lengths.map((length, i) => frameOf(length, i));
const bytes = lengths.reduce((sum, length) => sum + length, 0);

const writer = new PcapWriter();
for (const frame of frames) writer.record(frame);
const jumbo = folder.file(writer.bytes(), 'jumbo.pcap');

for (const method of METHODS) {
  describe(method, () => {
    for (const memory of ['host', 'gpu', 'staged']) {
      for (const size of memory === 'host' ? [256, 2048] : [256]) {
        it(`forwards chains of mbufs of ${size} bytes in ${memory} memory`, async () => {
          const out = join(folder.path, `${method}-${memory}-${size}.pcap`);
          const how = ['--method', method, '--memory', memory, '--mbuf-size', String(size)];
          const rest = ['--burst', '16', '--verify'];
          const io = ['--in', jumbo, '--out', out];
          const { status, stderr, result } = await l2fwdHere([...io, ...how, ...rest]);
          assert.deepEqual([status, stderr], [0, '']);
          assertLossless(result, frames.length, bytes);
          const swapped = frames.map((frame) => forwarded(frame, method));
          assertFrames(readFrames(out), swapped);
          assert.deepEqual(result.verify, { checked: frames.length, wrong: 0 });
        });
      }
    }
    if (method === 'cpu') return;
    it('forwards chains of mbufs of 256 bytes that the CPU cannot read', async () => {
      const out = join(folder.path, `${method}-across.pcap`);
      const how = ['--method', method, '--memory', 'gpu-mapped', '--mbuf-size', '256'];
      const io = ['--in', jumbo, '--out', out, '--burst', '16', '--verify'];
      const { status, stderr, result } = await acrossBus(() => l2fwdHere([...io, ...how]));
      assert.deepEqual([status, stderr], [0, '']);
      assertLossless(result, frames.length, bytes);
      assert.equal(result.unloadPool?.available, result.unloadPool?.size);
      assert.ok(result.unloadPool !== undefined, 'they left from where they came');
      assertFrames(
        readFrames(out),
        frames.map((frame) => forwarded(frame, method)),
      );
      assert.deepEqual(result.verify, { checked: frames.length, wrong: 0 });
    });
  });
}

it('takes more mbufs the smaller they are: --mbuf-size is heard with --in as well', async () => {
  const sizes = [];
  for (const size of ['256', '2048', '9000']) {
    const how = ['--method', 'cpu', '--mbuf-size', size];
    sizes.push((await l2fwdHere(['--in', jumbo, ...how])).result.mempool.size);
  }
  assert.deepEqual(
    sizes,
    sizes.toSorted((a, b) => b - a),
  );
  assert.equal(new Set(sizes).size, sizes.length, sizes.join());
});

it('forwards chains through a port given by its devargs', async () => {
  const out = join(folder.path, 'port.pcap');
  const port = `net_pcap0,rx_pcap=${jumbo},tx_pcap=${out}`;
  const how = ['--mbuf-size', '256', '--packets', String(frames.length), '--burst', '4'];
  const { status, result } = await l2fwdHere(['--port', port, ...how, '--items', '4']);
  assert.equal(status, 0);
  assertLossless(result, frames.length, bytes);
  assertFrames(
    readFrames(out),
    frames.map((frame) => forwarded(frame, 'persistent')),
  );
});
