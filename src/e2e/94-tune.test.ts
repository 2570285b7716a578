import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { warpline } from '../testing/command-line.js';
import { assertBalanced } from '../testing/forwarding.js';
import type { TuneResult } from '../tune/tune.js';

// tune on the software device, as small as it gets. What it finds is the machine's affair; that the
// choice was checked, and that the command line runs it, is not.

describe('tune', () => {
  it('measures, checks, and prints a command line that runs what it chose', async () => {
    const small = '--device software --methods cpu --bursts 64 --pipelines 1 --seconds 2';
    const aim = '--target-mpps 0.001 --packet-time-ns 100 --json';
    const { status, stdout, stderr } = await warpline(['tune', ...`${small} ${aim}`.split(' ')]);
    assert.equal(status, 0, stderr);
    const report: TuneResult = JSON.parse(stdout);
    assert.equal(report.command, `warpline tune ${small} ${aim}`);
    const { choice, checks, rows } = report;
    assert.ok(choice && checks.length > 0 && rows.length > 0);
    assert.deepEqual([choice.method, choice.lcores, choice.offeredMpps], ['cpu', 1, 0.001]);
    const last = checks[checks.length - 1].rows;
    for (const { repeats, mpps } of last) assert.ok(repeats >= 3 && mpps <= 0.002);
    const [program, ...args] = choice.l2fwd.split(' ');
    assert.equal(program, 'warpline');
    const run = await warpline([...args, '--packets', '100', '--json']);
    assert.equal(run.status, 0, run.stderr);
    const result = JSON.parse(run.stdout);
    assert.deepEqual([result.method, result.burst], [choice.method, choice.burst]);
    assertBalanced(result);
  });
});
