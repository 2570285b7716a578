import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { StatsLine } from '../cli/stats-view.js';
import { run, WARPLINE } from '../testing/command-line.js';
import { assertBalanced } from '../testing/forwarding.js';
import { L2fwdProcess } from '../testing/l2fwd-process.js';

// While l2fwd runs, `warpline stats` looks at its stages from another process.

const source = ['--port', 'net_null0,size=64', '--burst', '32', '--items', '128'];

/** `warpline stats` where the sockets of runs are those below `tmp`. */
function stats(tmp: string, ...args: string[]) {
  const where = [`TMPDIR=${tmp}`, 'XDG_RUNTIME_DIR='];
  return run('env', [...where, process.execPath, WARPLINE, 'stats', ...args]);
}

describe('warpline stats', () => {
  it('sees what the stages of a run do, without changing what comes of it', async () => {
    const l2fwd = new L2fwdProcess([...source, '--method', 'launch']);
    await l2fwd.heard();
    const seen = await stats(l2fwd.tmp, '--count', '2', '--interval', '0.3', '--json');
    l2fwd.kill('SIGINT');
    const { status, result, leftovers } = await l2fwd.ended();
    assert.deepEqual([seen.status, seen.stderr, status, leftovers], [0, '', 0, []]);
    const lines: StatsLine[] = seen.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.equal(lines.length, 2);
    const [first, second] = lines;
    // Counters are read one after the other: 32 packets a call may look like a few more.
    for (const { method, interval, stages } of lines) {
      assert.equal(method, 'launch');
      assert.ok(interval >= 0.25, `${interval} s`);
      const [rx, tx, gpu] = stages;
      assert.deepEqual([rx.stage, tx.stage, gpu.stage], ['rx0', 'tx0', 'gpu0']);
      for (const { packetsPerCall, idle, cyclesPerCall, cyclesPerPacket, ...one } of [rx, tx]) {
        assert.ok((packetsPerCall as number) > 0 && (packetsPerCall as number) < 32.5, seen.stdout);
        assert.ok((idle as number) >= 0 && (idle as number) <= 1, seen.stdout);
        assert.ok(one.calls > 0 && (one.emptyCalls as number) >= 0, seen.stdout);
        assert.ok((cyclesPerCall as number) > (cyclesPerPacket as number), seen.stdout);
      }
      assert.ok((gpu.launches as number) > 0 && (gpu.inFlight as number) <= 128, seen.stdout);
      assert.ok(gpu.calls > 0 && gpu.packets <= gpu.calls * 32 + 128 * 32, seen.stdout);
    }
    // The second interval is what the totals grew by. They are read one after the other while the
    // lcores go on, so that a few items lie between them.
    const slack = 0.2 * second.rx.packets;
    for (const [i, grown] of [
      second.rx.packets - first.rx.packets,
      second.tx.packets - first.tx.packets,
    ].entries())
      assert.ok(Math.abs(second.stages[i].packets - grown) < slack, `${grown}`);
    const sum = (i: number) => first.stages[i].packets + second.stages[i].packets;
    assert.ok(sum(0) < result.rx.packets && sum(1) < result.tx.packets, seen.stdout);
    assert.ok(first.stages[2].calls + second.stages[2].calls < result.listItems, seen.stdout);
    assert.ok(
      second.rx.packets <= result.rx.packets && second.tx.packets <= result.tx.packets,
      seen.stdout,
    );
    assertBalanced(result);
    // Nobody is there any more.
    const gone = await stats(l2fwd.tmp);
    assert.deepEqual([gone.status, gone.stdout], [2, '']);
    assert.match(
      gone.stderr,
      /^warpline: STATS_NONE: no l2fwd of this user is running here\. .*\n$/,
    );
  });
});
