import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { L2fwdResult } from '../apps/l2fwd/result.js';
import { run, WARPLINE } from '../testing/command-line.js';
import { assertBalanced } from '../testing/forwarding.js';
import { l2fwd } from '../testing/l2fwd-program.js';
import { assertContract } from '../testing/result-contract.js';

// While a run lasts it says once a second, on standard error, how it is doing: a line on a pipe, on
// a terminal a table drawn over the one before. Standard output stays the result's.

const source = ['--port', 'net_null0,size=64', '--burst', '32', '--items', '128'];

const line = new RegExp(
  [
    String.raw`^time (?<time>\d+\.\d) s`,
    String.raw`rx (?<rx>\d+)`,
    String.raw`tx (?<tx>\d+)`,
    String.raw`Mpps (?<mpps>[\d.]+)`,
    String.raw`Gbit/s (?<gbps>[\d.]+)`,
    String.raw`dropped (?<dropped>\d+)`,
    String.raw`missed (?<missed>\d+)`,
    String.raw`packets/item (?<each>[\d.]+|-)`,
    String.raw`list (?<list>(?<used>\d+)/(?<of>\d+)|-)$`,
  ].join(' {2}'),
);

describe('live statistics', () => {
  for (const method of ['cpu', 'launch'] as const)
    it(`of ${method} are a line a second on a pipe`, async () => {
      const how = ['--method', method, '--duration', '2.5'];
      const { status, stderr, result } = await l2fwd([...source, ...how]);
      assert.equal(status, 0);
      assert.match(stderr, /\n$/);
      const lines = stderr.trimEnd().split('\n');
      // A busy machine may be late for one; none comes early.
      assert.ok(lines.length === 1 || lines.length === 2, stderr);
      let before = { time: 0, tx: 0 };
      for (const text of lines) {
        const match = line.exec(text);
        assert.ok(match?.groups, text);
        const { time, rx, tx, mpps, each, list, used, of, dropped, missed } = match.groups;
        assert.ok(Number(time) > before.time && Number(tx) > before.tx, stderr);
        // Read one after the other while the lcores go on: sent first, it may be behind.
        assert.ok(Number(rx) > 0 && Number(mpps) > 0);
        assert.ok(Number(each) > 0 && Number(each) <= 32 * 1.5, text);
        // No item goes round where an lcore runs to completion.
        if (method === 'cpu') assert.equal(list, '-');
        else assert.ok(of === '128' && Number(used) <= 128, text);
        assert.deepEqual([dropped, missed], ['0', '0']);
        before = { time: Number(time), tx: Number(tx) };
      }
      assert.ok(result.tx.packets >= before.tx);
      assertBalanced(result);
    });

  it('are silent with --quiet, and before the first second is over', async () => {
    for (const how of [
      ['--quiet', '--duration', '1.2'],
      ['--packets', '100'],
    ]) {
      const { status, stderr, result } = await l2fwd([...source, ...how]);
      assert.deepEqual([status, stderr], [0, '']);
      assertBalanced(result);
    }
  });

  it('are a table in place on a terminal', async (t) => {
    const command = `"${process.execPath}" "${WARPLINE}" l2fwd ${source.join(' ')}`;
    const how = '--device software --duration 2.5';
    const { status, stdout } = await run('script', ['-qec', `${command} ${how}`, '/dev/null']);
    // Not in every image: it is part of bsdutils.
    if (status === null && stdout === '') return t.skip('script(1) is not installed');
    assert.equal(status, 0, stdout);
    // The cursor goes up over the nine lines of the table, and erases what is below it.
    const tables = stdout.split('\u001b[9A\u001b[J');
    assert.equal(tables.length, 2, JSON.stringify(stdout));
    for (const table of tables) assert.match(table, /^time +\d+\.\d s\r\nrx +[\d,]+\r\ntx /);
    assert.match(tables[tables.length - 1], /mempool/);
  });
});

describe('standard output', () => {
  it('is one JSON object and nothing else, whatever is on standard error', async () => {
    const how = ['--device', 'software', '--duration', '1.2', '--json', '--eal-log', '--verify'];
    const ended = await run(process.execPath, [WARPLINE, 'l2fwd', ...source, ...how]);
    assert.equal(ended.status, 0);
    assert.match(ended.stderr, /EAL: /);
    const result = JSON.parse(ended.stdout) as L2fwdResult;
    assertContract(result, ['verify']);
    assertBalanced(result);
  });
});
