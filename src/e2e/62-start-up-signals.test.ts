import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertBalanced } from '../testing/forwarding.js';
import { L2fwdProcess } from '../testing/l2fwd-process.js';
import { assertContract } from '../testing/result-contract.js';

// Ctrl-C while the program starts: once it handles signals the run ends as at any other moment, exit
// 0 and a result, if need be of zeros. Before that Node itself is starting: the signal ends it as it
// ends any program, nothing was opened and nothing is said.

const SPAWNED_MS = [0, 20, 40, 60, 80, 120, 200, 300, 450, 600];

describe('a signal while it starts', { concurrency: 2 }, () => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    for (const method of ['persistent', 'launch'])
      it(`${signal}, ${method}`, async (t) => {
        for (const ms of SPAWNED_MS) {
          const l2fwd = new L2fwdProcess(['--port', 'net_null0,size=64', '--method', method]);
          await sleep(ms);
          l2fwd.kill(signal);
          const begun = await l2fwd.begun;
          const { status, stdout, stderr, leftovers, survivors } = await l2fwd.ended();
          t.diagnostic(`${ms} ms after its start: ${begun ? `exit ${status}` : 'no handler yet'}`);
          assert.deepEqual([leftovers, survivors], [[], false]);
          if (!begun) {
            assert.deepEqual([status, stdout, stderr], [null, '', '']);
            continue;
          }
          assert.equal(status, 0, stderr);
          assert.doesNotMatch(stderr, /warpline/);
          const result = JSON.parse(stdout);
          assertContract(result);
          assertBalanced(result);
          assert.equal(result.error, undefined);
        }
      });
});
