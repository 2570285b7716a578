import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { MethodName } from '../apps/l2fwd/options.js';
import { cudaDriver } from '../gpudev/drivers/cuda/driver.js';
import { acrossBus } from '../testing/across-bus.js';
import { l2fwdFailing } from '../testing/failing-program.js';
import { assertBalanced } from '../testing/forwarding.js';
import { assertContract } from '../testing/result-contract.js';

// A kernel that does not come to an end ends the run, not the machine: the watchdog says which and
// where, every packet is accounted for, and the process ends by itself with exit status 1.

const METHODS: MethodName[] = ['serial', 'launch', 'persistent', 'stream', 'graph'];
const DEVICES = [
  'software',
  ...cudaDriver
    .probe()
    .map(({ index }) => `cuda:${index}`)
    .slice(0, 1),
];
const LIMIT = 400;
const usual = ['--port', 'net_null0,size=64', '--burst', '16'];
const watched = [...usual, '--watchdog-ms', String(LIMIT)];

for (const device of DEVICES)
  describe(`a kernel that loops for ever on ${device}`, () => {
    for (const method of METHODS)
      for (const kernel of ['loopsAtOnce', 'loopsLater'] as const)
        it(`${method}, ${kernel}`, async () => {
          const run = await l2fwdFailing(kernel, device, [...watched, '--method', method]);
          assert.equal(run.status, 1, run.stderr);
          const { result } = run;
          assert.equal(result.error?.code, 'KERNEL_STUCK');
          const said = /^kernel (\w+) \(method (\w+)\) .*item \d+ of path 0.* for (\d+) ms/;
          const [, name, by, ms] = said.exec(result.error.message) ?? [];
          assert.deepEqual([name, by], [kernel, method], result.error.message);
          assert.ok(Number(ms) > LIMIT && Number(ms) <= LIMIT + 1000, `${ms} ms`);
          assert.match(run.stderr, /^warpline: KERNEL_STUCK: kernel/m);
          assertContract(result);
          assertBalanced(result);
          assert.ok(result.dropped.device_lost > 0, 'what it worked on is lost');
          assert.equal(result.tx.packets > 0, kernel === 'loopsLater');
        });

    it('stops also when it is told to stop first', async () => {
      // The duration is over before the watchdog's limit: the run drains, in vain.
      const args = [...watched, '--duration', '0.1', '--method', 'persistent'];
      const run = await l2fwdFailing('loopsLater', device, args);
      assert.deepEqual([run.status, run.result.error?.code], [1, 'KERNEL_STUCK'], run.stderr);
      assertBalanced(run.result);
    });
  });

describe('a kernel that loops while frames before it leave the device’s memory', () => {
  for (const method of METHODS)
    it(method, async () => {
      const port = ['--port', 'net_null0,size=64,copy=1', '--memory', 'gpu-mapped'];
      const rest = ['--burst', '16', '--watchdog-ms', String(LIMIT), '--method', method];
      const run = await acrossBus(() => l2fwdFailing('loopsLater', 'software', [...port, ...rest]));
      assert.deepEqual([run.status, run.result.error?.code], [1, 'KERNEL_STUCK'], run.stderr);
      assertBalanced(run.result);
      const { size, available } = run.result.unloadPool ?? {};
      assert.ok(size !== undefined && size === available, `${available} of ${size} twins are back`);
    });
});

describe('a kernel that takes its time is left alone', () => {
  for (const method of METHODS)
    it(`${method}: --packet-time-ns comes on top of the limit`, async () => {
      const slow = ['--packet-time-ns', '400000000', '--watchdog-ms', '100', '--packets', '20'];
      const args = [...usual, ...slow, '--method', method];
      const run = await l2fwdFailing('doesNothing', 'software', args);
      assert.equal(run.status, 0, run.stderr);
      assert.equal(run.result.tx.packets, 20);
    });
});

describe('a GPU error names the item that was being worked on', () => {
  for (const device of DEVICES)
    for (const method of METHODS)
      it(`${method} on ${device}`, async () => {
        const [kernel, code] =
          device === 'software'
            ? (['failsLater', 'GPU_LAUNCH_FAILED'] as const)
            : (['strays', 'GPU_ILLEGAL_ADDRESS'] as const);
        const run = await l2fwdFailing(kernel, device, [...usual, '--method', method]);
        assert.equal(run.status, 1, run.stderr);
        assert.equal(run.result.error?.code, code);
        assert.match(run.result.error.message, /, at work on item \d+ of path 0/);
        assertBalanced(run.result);
      });
});
