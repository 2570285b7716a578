import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { L2fwdResult } from '../apps/l2fwd/result.js';
import { readFrames, scanCapture } from '../capture/capture.js';
import { frameOf, PcapWriter } from '../testing/capture-files.js';
import { Folder } from '../testing/capture-folder.js';
import { CHECKOUT, run, WARPLINE } from '../testing/command-line.js';
import { assertBalanced, assertFrames, assertLossless, forwarded } from '../testing/forwarding.js';
import { l2fwd, l2fwdHere } from '../testing/l2fwd-program.js';
import { assertContract } from '../testing/result-contract.js';

// What --out takes, and what is said when not all of it could be written, or not all of the input
// read: exit 1 with a line, and still the whole result.

const folder = new Folder();
const sample = join(CHECKOUT, 'data/sample.pcap');
const { frames, bytes } = scanCapture(sample);

/** The command line of a run, for a shell. */
function script(output: string): string {
  const how = '--device software --method launch --json --quiet';
  return `"${process.execPath}" "${WARPLINE}" l2fwd --in "${sample}" --out "${output}" ${how}`;
}

describe('--out', () => {
  it('takes a device', async () => {
    const { status, stderr, result } = await l2fwdHere(['--in', sample, '--out', '/dev/null']);
    assert.deepEqual([status, stderr], [0, '']);
    assertLossless(result, frames, bytes);
  });

  it('takes a FIFO', async () => {
    const got = join(folder.path, 'got.pcap');
    const fifo = join(folder.path, 'fifo');
    const pipe = `mkfifo "${fifo}"; cat "${fifo}" >"${got}" & ${script(fifo)}; s=$?; wait; exit $s`;
    const { status, stdout, stderr } = await run('bash', ['-c', pipe]);
    assert.deepEqual([status, stderr], [0, '']);
    assertLossless(JSON.parse(stdout) as L2fwdResult, frames, bytes);
    const swapped = [...readFrames(sample)].map((frame) => forwarded(frame, 'launch'));
    assertFrames(readFrames(got), swapped);
  });

  it('is left out where nobody wants it', async () => {
    const { status, result } = await l2fwdHere(['--in', sample]);
    assert.equal(status, 0);
    assertLossless(result, frames, bytes);
  });

  it('replaces what was there', async () => {
    const output = folder.file(Buffer.alloc(4_000_000, 'x'), 'old.pcap');
    assert.equal((await l2fwdHere(['--in', sample, '--out', output])).status, 0);
    assert.equal(scanCapture(output).frames, frames);
  });

  // A limit on the size of files does what a full disk does, and needs no disk. In KiB.
  for (const [limit, what] of [
    [100, 'it is cut off'],
    [0, 'it is empty'],
  ] as const)
    it(`with room for ${limit} KiB holds less than was sent: OUTPUT_SHORT, exit 1`, async () => {
      const output = join(folder.path, `${limit}.pcap`);
      const limited = `ulimit -f ${limit}; ${script(output)}`;
      const { status, stdout, stderr } = await run('bash', ['-c', limited]);
      assert.equal(status, 1);
      assert.match(stderr, /^warpline: OUTPUT_SHORT: [^\n]+\n$/);
      assert.ok(stderr.includes(what), stderr);
      const result = JSON.parse(stdout) as L2fwdResult;
      assertBalanced(result);
      assertContract(result, ['input']);
      assert.equal(result.error?.code, 'OUTPUT_SHORT');
    });
});

describe('--in', () => {
  it('of which not every frame finds its mbufs: INPUT_STALLED, exit 1', async () => {
    // A frame takes 24 mbufs: a burst of 64 frames never fits in.
    const writer = new PcapWriter();
    for (let i = 0; i < 200; i++) writer.record(frameOf(9000, i));
    const jumbo = ['--in', folder.file(writer.bytes()), '--mbuf-size', '256'];
    const { status, stderr, result } = await l2fwd([...jumbo, '--mbufs', '128', '--quiet']);
    assert.equal(status, 1);
    assert.match(stderr, /^warpline: INPUT_STALLED: [^\n]+\n$/);
    assertBalanced(result);
    assertContract(result, ['input']);
    assert.equal(result.error?.code, 'INPUT_STALLED');
    assert.equal(result.rx.packets + result.rx.missed, 200);
    assert.ok(result.rx.missed > 0);
  });
});
