import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { METHODS } from '../apps/l2fwd/options.js';
import { readFrames, scanCapture } from '../capture/capture.js';
import { Folder } from '../testing/capture-folder.js';
import { CHECKOUT } from '../testing/command-line.js';
import { assertFrames, assertLossless, RUNT } from '../testing/forwarding.js';
import { l2fwd } from '../testing/l2fwd-program.js';
import { assertContract } from '../testing/result-contract.js';
import { noTestpmd, replayWithTestpmd } from '../testing/testpmd.js';

// l2fwd does what DPDK's own dpdk-testpmd does: the bundled capture goes through both, and what
// they write is the same, frame by frame and byte by byte. `io` is testpmd's `io`; the six methods
// with a workload are its `macswap`, wherever the packets lie and whoever works on them.

const folder = new Folder();
const sample = 'data/sample.pcap';
const info = scanCapture(join(CHECKOUT, sample));
const theirs = { io: join(folder.path, 'io.pcap'), macswap: join(folder.path, 'macswap.pcap') };

describe('the capture dpdk-testpmd writes', { skip: noTestpmd() }, () => {
  before(async () => {
    // testpmd swaps the MACs of frames that have none: such frames could not be compared.
    assert.ok(info.minLength >= RUNT);
    const { frames } = info;
    for (const mode of ['io', 'macswap'] as const)
      await replayWithTestpmd(join(CHECKOUT, sample), theirs[mode], { mode, frames });
  });

  it('differs from its input with macswap, and does not with io', () => {
    const input = [...readFrames(join(CHECKOUT, sample))];
    assertFrames(readFrames(theirs.io), input);
    assert.throws(() => assertFrames(readFrames(theirs.macswap), input), /frame 0: /);
  });

  for (const method of METHODS) {
    for (const memory of ['host', 'gpu']) {
      it(`is the one ${method} writes with packets in ${memory} memory`, async () => {
        const out = join(folder.path, `${method}-${memory}.pcap`);
        const how = ['--method', method, '--memory', memory, '--verify'];
        const { status, result } = await l2fwd(['--in', sample, '--out', out, ...how]);
        assert.equal(status, 0);
        const mode = method === 'io' ? 'io' : 'macswap';
        assertFrames(readFrames(out), readFrames(theirs[mode]));

        assertContract(result, ['verify', 'input']);
        assertLossless(result, info.frames, info.bytes);
        const { app, device, burst, pipelines, unchanged, verify, input } = result;
        assert.deepEqual([app, result.method, result.memory], ['l2fwd', method, memory]);
        assert.deepEqual([device.driver, burst, pipelines], ['software', 64, 1]);
        assert.deepEqual(verify, { checked: info.frames, wrong: 0 });
        assert.deepEqual(input, { file: sample, frames: info.frames, truncated: false });
        assert.equal(unchanged.runt, 0);
      });
    }
  }
});
