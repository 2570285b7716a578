import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { L2fwdOptions } from '../apps/l2fwd/options.js';
import { resultLike } from '../testing/l2fwd-result.js';
import { benchTrace } from './trace.js';

test('each point with and without a trace in every round, in turn first, and their ratio', async () => {
  const asked: Partial<L2fwdOptions>[] = [];
  const run = async (options: Partial<L2fwdOptions>) => {
    asked.push(options);
    // Round 1: 10 and 9; round 2: 10 and 10; round 3: 12 and 9.
    const mpps = [20, 20, 9, 10, 10, 10, 9, 12][asked.length - 1];
    return resultLike({ mpps, seconds: 0.4 });
  };
  const report = await benchTrace(
    {
      device: 'software',
      methods: ['io'],
      verify: false,
      frameBytes: 64,
      repeats: 3,
      seconds: 0.4,
    },
    { command: 'warpline bench trace' },
    { run },
  );
  assert.deepEqual(
    asked.map(({ trace }) => trace !== undefined),
    [false, true, true, false, false, true, true, false],
  );
  assert.ok(
    asked.every(({ method, burst, device }) => `${method} ${burst} ${device}` === 'io 32 software'),
  );
  const [row] = report.rows;
  assert.deepEqual([row.mpps, row.mppsMin, row.mppsMax], [10, 10, 12]);
  assert.deepEqual([row.tracedMpps, row.tracedMppsMin, row.tracedMppsMax], [9, 9, 10]);
  assert.deepEqual([row.ratio, row.ratioMin, row.ratioMax], [0.9, 0.75, 1]);
  // Over within a tenth of a second, they count whole.
  assert.equal(row.bestRatio, 10 / 12);
  assert.deepEqual([report.bench, report.command], ['trace', 'warpline bench trace']);
});
