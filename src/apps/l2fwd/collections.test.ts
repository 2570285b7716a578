import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { INLINING } from '../../lcore/lcore.js';
import { WARPLINE } from '../../testing/command-line.js';
import type { L2fwdResult } from './result.js';

/** While an lcore's program is compiled it makes some garbage. */
const COMPILING = 5;

/** A run as where there are CPUs enough, on the software device. */
function forward(port: string, ...given: string[]): L2fwdResult {
  const args = [INLINING, WARPLINE, 'l2fwd', '--port', port, '--device', 'software', ...given];
  const options = { encoding: 'utf8', timeout: 60_000 } as const;
  const run = spawnSync(process.execPath, [...args, '--json', '--quiet'], options);
  assert.equal(run.status, 0, run.stderr);
  return JSON.parse(run.stdout) as L2fwdResult;
}

/*
 * Half a million items: an lcore that made a number's worth of garbage for each, 16 bytes, would have
 * it collected four times in this while, and an lcore whose loop V8 does not inline makes several.
 * serial is not among them: it waits for the device by a call for each item.
 */
describe('no lcore makes garbage while it forwards', () => {
  for (const method of ['io', 'cpu', 'launch', 'persistent', 'stream', 'graph'])
    it(method, () => {
      const given = ['--method', method, '--burst', '4', '--packets', '2000000'];
      const { stages } = forward('net_null0,size=64', ...given);
      const lcores = stages.filter(({ kind }) => kind === 'lcore');
      assert.ok(lcores.length > 0);
      for (const { stage, collections = Infinity } of lcores)
        assert.ok(collections <= COMPILING, `${stage}: ${collections} collections`);
    });

  it('nor does that of a traffic port', () => {
    const given = ['--method', 'io', '--packets', '4000000'];
    const { traffic } = forward('traffic0,size=64,check=0', ...given);
    const { collections = Infinity } = traffic ?? {};
    assert.ok(collections <= COMPILING, `${collections} collections`);
  });
});
