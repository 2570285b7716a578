import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { LatencyBenchResult } from '../bench/latency.js';
import type { ZeroLossBenchResult } from '../bench/zero-loss.js';
import { Folder } from '../testing/capture-folder.js';
import { warpline } from '../testing/command-line.js';

// What is offered at a rate, on the software device, as small as it gets: real ports, real frames.

const folder = new Folder();

async function bench<Report>(args: string): Promise<Report> {
  const out = join(folder.path, 'out.json');
  const line = `bench ${args} --device software --methods io --json --out ${out}`;
  const { status, stdout, stderr } = await warpline(line.split(' '));
  assert.equal(status, 0, stderr);
  const report = JSON.parse(stdout);
  assert.deepEqual(JSON.parse(readFileSync(out, 'utf8')), report);
  assert.equal(report.command, `warpline ${line}`);
  assert.match(stderr, /\d:\d\d left$/m);
  return report;
}

describe('frames offered at a rate', () => {
  it('bench latency gives each point its distribution, and the frames lost', async () => {
    const options = '--loads 0.2 --timeouts 5 --seconds 0.2 --repeats 1';
    const { rows, peaks } = await bench<LatencyBenchResult>(`latency ${options}`);
    assert.deepEqual(
      rows.map(({ load, timeoutUs }) => [load, timeoutUs]),
      [
        [0.01, 5],
        [0.2, 5],
      ],
    );
    for (const row of rows) {
      assert.equal(row.peakMpps, peaks[0].mpps);
      assert.ok(row.sent > 0 && row.lost >= 0 && row.lost <= row.sent);
      const { us, packets } = row.latency;
      const all = packets.reduce((sum, n) => sum + n, 0);
      assert.ok(all > 0);
      // Of one run, the distribution's percentiles are the run's own.
      let left = Math.ceil(all / 2);
      const step = packets.findIndex((n) => {
        left -= n;
        return left <= 0;
      });
      assert.equal(row.latencyP50Us, us[step]);
      assert.equal(row.latencyMaxUs, us.at(-1));
    }
  });

  it('bench zero-loss finds a rate that its last trial confirms, or none', async () => {
    const options = '--trial-seconds 0.2 --resolution 0.5 --sizes 64';
    const { rows } = await bench<ZeroLossBenchResult>(`zero-loss ${options}`);
    assert.equal(rows.length, 1);
    const [{ trials, zeroLossMpps, peakMpps, ratio }] = rows;
    assert.ok(trials.every(({ sent, lost }) => sent > 0 && lost >= 0 && lost <= sent));
    const last = trials[trials.length - 1];
    if (zeroLossMpps === 0) assert.ok(trials.some(({ lost }) => lost > 0));
    else assert.deepEqual([last.confirms, last.lost, last.offeredMpps], [true, 0, zeroLossMpps]);
    assert.equal(ratio, (zeroLossMpps as number) / peakMpps);
  });
});
