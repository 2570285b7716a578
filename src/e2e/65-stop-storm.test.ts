import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { cudaDriver } from '../gpudev/drivers/cuda/driver.js';
import { assertBalanced, assertLossless } from '../testing/forwarding.js';
import { L2fwdProcess } from '../testing/l2fwd-process.js';
import { random } from '../testing/random.js';
import { assertContract } from '../testing/result-contract.js';

// Starts of `persistent` and Ctrl-C stops at random moments, one after the other on the same device:
// none hangs, each counts every packet, and none leaves a device behind that the next run minds.
//
//   WARPLINE_STORM=100    how many        WARPLINE_SEED=…   the moments of an earlier storm
//   WARPLINE_DEVICE=…     on which device; without it the first CUDA GPU, else software

const COUNT = Number(process.env.WARPLINE_STORM ?? 8);
const seed = process.env.WARPLINE_SEED ?? String(Date.now());
const [gpu] = cudaDriver.probe();
const device = process.env.WARPLINE_DEVICE ?? (gpu ? `cuda:${gpu.index}` : 'software');
const method = ['--port', 'net_null0,size=64', '--method', 'persistent'];
/** Longer than most starts take, so that some stops come while packets flow. */
const LATEST_MS = device === 'software' ? 1200 : 3000;
const PATIENCE_MS = 60_000;

describe(`${COUNT} stops of persistent on ${device} (WARPLINE_SEED=${seed})`, () => {
  const draw = random(seed);
  let forwarded = 0;

  it('each ends in order, and the run after it too', async (t) => {
    for (let n = 0; n < COUNT; n++) {
      // A tenth of them the moment it can be told, and one when packets surely flow, the others later.
      const ms = n % 10 === 0 ? 0 : Math.floor(draw() * LATEST_MS);
      const underWay = n === COUNT - 1;
      const memory = n % 2 === 0 ? 'host' : 'gpu';
      const l2fwd = new L2fwdProcess([...method, '--memory', memory], PATIENCE_MS, device);
      await (underWay ? l2fwd.heard() : l2fwd.begun);
      await sleep(ms);
      l2fwd.kill('SIGINT');
      const { status, stderr, result, leftovers, survivors } = await l2fwd.ended();
      const what = `stop ${n}, ${memory}, after ${ms} ms: exit ${status}. ${stderr}`;
      assert.equal(status, 0, what);
      assertContract(result);
      assertBalanced(result);
      assert.equal(result.error, undefined, what);
      const { device_lost, aborted, kernel_error } = result.dropped;
      assert.deepEqual([device_lost, aborted, kernel_error], [0, 0, 0], what);
      assert.deepEqual([leftovers, survivors], [[], false], what);
      forwarded += result.tx.packets;
      if (n % 10 === 9 || n === COUNT - 1) await assertWorks();
    }
    t.diagnostic(`${COUNT} stops, ${forwarded} packets`);
    assert.ok(forwarded > 0, 'some were under way');
  });

  async function assertWorks(): Promise<void> {
    const packets = 100_000;
    const args = [...method, '--packets', String(packets), '--verify'];
    const { status, stderr, result } = await new L2fwdProcess(args, PATIENCE_MS, device).ended();
    assert.equal(status, 0, stderr);
    assertLossless(result, packets);
    assert.deepEqual(result.verify, { checked: packets, wrong: 0 });
  }
});
