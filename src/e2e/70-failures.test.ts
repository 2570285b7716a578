import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import {
  completeL2fwdOptions,
  type L2fwdGiven,
  METHODS,
  type MethodName,
} from '../apps/l2fwd/options.js';
import type { L2fwdResult } from '../apps/l2fwd/result.js';
import { runL2fwd } from '../apps/l2fwd/run.js';
import { WarplineError } from '../errors.js';
import type { Kernel } from '../kernels/kernel.js';
import { acrossBus } from '../testing/across-bus.js';
import { frameOf, PcapWriter } from '../testing/capture-files.js';
import { Folder } from '../testing/capture-folder.js';
import {
  doesNothing,
  failsAtOnce,
  failsLater,
  failsToLoad,
  failsToSend,
  failsToStart,
  overreaches,
} from '../testing/failing-kernels.js';
import { assertBalanced, assertLossless } from '../testing/forwarding.js';
import { assertContract } from '../testing/result-contract.js';

// A run that fails under way ends by itself and reports: the error, every packet accounted for, all
// mbufs back, no lcore left. The next run in the same process is none the wiser.

const ON_GPU: MethodName[] = ['serial', 'launch', 'persistent', 'stream', 'graph'];
const onGpu = (method: MethodName) => ON_GPU.includes(method);

async function run(method: MethodName, kernel: Kernel, changes: L2fwdGiven = {}) {
  const port = 'net_null0,size=64';
  // Enough that no run ends before the kernel has failed.
  const usual = { method, device: 'software', burst: 16, packets: 10_000_000, port };
  return runL2fwd(completeL2fwdOptions({ ...usual, ...changes }), {}, kernel);
}

/** A capture of a hundred frames, each of which looks other when its MACs are swapped. */
const folder = new Folder();
const writer = new PcapWriter();
for (let i = 0; i < 100; i++) writer.record(frameOf(64, i));
const hundred = folder.file(writer.bytes());

/** Names of this process's threads that a run would have started. */
function lcores(): string[] {
  return readdirSync('/proc/self/task')
    .map((thread) => {
      try {
        return readFileSync(`/proc/self/task/${thread}/comm`, 'utf8').trim();
      } catch {
        // Ended while we looked.
        return '';
      }
    })
    .filter((name) => name.startsWith('wl-'));
}

function assertEnded(result: L2fwdResult, code: string, reason: RegExp): void {
  assert.equal(result.error?.code, code);
  assert.match(result.error?.message ?? '', reason);
  assert.doesNotMatch(result.error?.message ?? '', /\n/);
  assertBalanced(result);
  assertContract(result, result.verify ? ['verify'] : []);
  assert.deepEqual(lcores(), []);
}

/** The next run is as good as any. */
async function assertGoesOn(method: MethodName): Promise<void> {
  let started: string[] = [];
  const onStart = () => {
    started = lcores();
  };
  const options = { in: hundred, method, device: 'software', verify: true };
  const result = await runL2fwd(completeL2fwdOptions(options), { onStart });
  assertLossless(result, 100);
  assert.deepEqual(result.verify, { checked: 100, wrong: 0 });
  assert.ok(started.length > 0, 'lcores are known by their names');
  assert.deepEqual(lcores(), []);
}

/** The code, and the reason for which the packets in flight are lost. */
function assertLost(method: MethodName, result: L2fwdResult, reason: RegExp): void {
  assertEnded(result, onGpu(method) ? 'GPU_LAUNCH_FAILED' : 'LCORE_FAILED', reason);
  const { device_lost, aborted, kernel_error, tx_full } = result.dropped;
  assert.equal(onGpu(method) ? aborted : device_lost, 0);
  assert.ok(device_lost + aborted > 0, 'the burst on which it failed has gone somewhere');
  assert.deepEqual([kernel_error, tx_full], [0, 0]);
}

for (const method of METHODS.filter((name) => name !== 'io')) {
  describe(method, { timeout: 60_000 }, () => {
    it('ends when its kernel throws at the first burst', async () => {
      const result = await run(method, failsAtOnce);
      assertLost(method, result, /no packet is good enough/);
      assert.equal(result.tx.packets, 0);
      await assertGoesOn(method);
    });

    for (const memory of ['host', 'gpu', 'staged'] as const)
      it(`ends when its kernel throws under way, packets in ${memory} memory`, async () => {
        const result = await run(method, failsLater, { memory });
        assertLost(method, result, /burst 41 is one too many/);
        assert.ok(result.rx.packets > 40 * 16, 'forty bursts it did not mind');
        await assertGoesOn(method);
      });

    if (onGpu(method))
      it('ends when its kernel throws under way, packets on their way out of its memory', async () => {
        const port = 'net_null0,size=64,copy=1';
        const result = await acrossBus(() =>
          run(method, failsLater, { memory: 'gpu-mapped', port }),
        );
        assertLost(method, result, /burst 41 is one too many/);
        assert.ok(result.rx.packets > 40 * 16, 'forty bursts it did not mind');
        const { size, available } = result.unloadPool ?? {};
        assert.ok(
          size !== undefined && size === available,
          `${available} of ${size} twins are back`,
        );
        await assertGoesOn(method);
      });

    it('ends when its kernel throws under way, two ports and two pipelines each', async () => {
      const port = ['net_null0,size=64', 'net_null1,size=64'];
      const result = await run(method, failsLater, { port, pipelines: 2 });
      assertLost(method, result, /burst 41 is one too many/);
      await assertGoesOn(method);
    });

    it('ends when its kernel reaches behind its memory', async () => {
      assertLost(method, await run(method, overreaches), /RangeError|out of bounds/);
      await assertGoesOn(method);
    });

    it('ends when the lcore that sends throws, the device well', async () => {
      const result = await run(method, failsToSend, { verify: true });
      assertEnded(result, 'LCORE_FAILED', /wl-\w+ ended with an error: the frame is beyond belief/);
      const { aborted, device_lost } = result.dropped;
      assert.ok(aborted > 0, 'what was to be sent just then');
      assert.equal(device_lost, 0);
      await assertGoesOn(method);
    });

    for (const memory of ['host', 'gpu'] as const)
      it(`reports frames in ${memory} memory that are not what they should be`, async () => {
        const options = { in: hundred, method, memory, device: 'software', verify: true };
        const result = await runL2fwd(completeL2fwdOptions(options), {}, doesNothing);
        assertLossless(result, 100);
        assert.deepEqual(result.verify, { checked: 100, wrong: 100 });
      });
  });
}

describe('every method', { timeout: 60_000 }, () => {
  for (const method of METHODS)
    it(`ends when its lcores cannot start: ${method}`, async () => {
      const result = await run(method, failsToStart);
      assertEnded(result, 'LCORE_FAILED', /wl-\w+ ended with an error/);
      assert.deepEqual([result.rx.packets, result.tx.packets], [0, 0]);
      await assertGoesOn(method);
    });

  for (const method of ON_GPU)
    it(`does not begin when the device finds no kernel: ${method}`, async () => {
      await assert.rejects(run(method, failsToLoad), (error) => {
        assert.ok(error instanceof WarplineError);
        assert.equal(error.code, 'KERNEL_NOT_FOUND');
        return true;
      });
      assert.deepEqual(lcores(), []);
      await assertGoesOn(method);
    });
});
