import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Histogram } from '../telemetry/histogram.js';
import { resultLike, snapshotLike } from '../testing/l2fwd-result.js';
import type { Turn } from './sweep.js';
import { Tenths } from './tenths.js';

test('the fastest and the slowest tenth of a second of a run are known, and nobody looks after its end', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  // Millions of packets after each tenth: 10, 40, 20, 20 and, drained, 1 Mpps.
  const sent = [0, 1, 5, 7, 9, 9.1];
  let looks = 0;
  const turn: Turn = {
    ...{ round: 1, seconds: 1, say: () => {} },
    async run(_, watch) {
      const end = () => assert.fail('nobody may end this run');
      const snapshot = () => {
        const seconds = looks / 10;
        return snapshotLike(seconds, { tx: { packets: sent[looks++] * 1e6, bytes: 0 } });
      };
      watch?.onStart?.({ snapshot, end });
      t.mock.timers.tick(500);
      watch?.onLatency?.(Histogram.alone());
      t.mock.timers.tick(1000);
      return resultLike();
    },
  };
  const tenths = new Tenths(0.1, 0.4);
  await tenths.of(turn).run({});
  assert.equal(looks, 6);
  assert.ok(Math.abs(tenths.fastest - 40) < 1e-6);
  // The first tenth warms up, the last one drains.
  assert.ok(Math.abs(tenths.slowest - 20) < 1e-6);
});

test('nobody looks at a run that failed either, nor knows how fast it was', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const snapshot = () => snapshotLike(0);
  const run: Turn['run'] = async (_, watch) => {
    watch?.onStart?.({ snapshot, end() {} });
    throw new Error('the GPU is gone');
  };
  const tenths = new Tenths();
  await assert.rejects(tenths.of({ round: 1, seconds: 1, say() {}, run }).run({}), /gone/);
  t.mock.timers.tick(1000);
  assert.deepEqual([tenths.fastest, tenths.slowest], [0, Number.POSITIVE_INFINITY]);
});
