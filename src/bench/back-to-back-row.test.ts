import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BackToBackOptions } from './back-to-back.js';
import type { BackToBackRound } from './back-to-back-round.js';
import { rowOf } from './back-to-back-row.js';

const options: BackToBackOptions = {
  port: 'memif',
  methods: ['cpu'],
  sizes: [64],
  queues: [1],
  memory: 'host',
  burst: 64,
  seconds: 1,
  rounds: 2,
  verify: false,
  macswap: true,
  zeroCopy: false,
  oneWay: false,
};
const point = { method: 'cpu', frameBytes: 64, queues: 1 } as const;

function round(mpps: number, changes: Partial<BackToBackRound> = {}): BackToBackRound {
  const rates = { sentMpps: mpps, mpps, sentGbps: mpps / 2, gbps: mpps / 2 };
  const frames = { sent: 100, rx: 100, tx: 90, back: 90, missed: 0, refused: 7 };
  return { ...frames, dropped: { tx_full: 10, aborted: 0 }, ...rates, seconds: [], ...changes };
}

test('frames are sums over the rounds, rates their medians, the ratio that of turns', () => {
  const row = rowOf(options, point, [round(4), round(6)], [round(5), round(5)]);
  assert.deepEqual([row.sent, row.refused, row.rx, row.tx, row.back], [200, 14, 200, 180, 180]);
  assert.deepEqual(row.dropped, { tx_full: 20, aborted: 0 });
  assert.deepEqual([row.mpps, row.mppsMin, row.mppsMax, row.gbps], [5, 4, 6, 2.5]);
  assert.deepEqual([row.testpmdMpps, row.ratio, row.ratioMin, row.ratioMax], [5, 1, 0.8, 1.2]);
  assert.equal(row.balanced, true);
});

test('a frame that nobody counted unbalances the row', () => {
  const unbalanced: Partial<BackToBackRound>[] = [
    { sent: 101 },
    { rx: 99 },
    { dropped: { tx_full: 9 } },
    { back: 89 },
    { tx: 91, back: 91 },
  ];
  for (const changes of unbalanced)
    assert.equal(rowOf(options, point, [round(4), round(4, changes)], []).balanced, false);
  // What the port reports as missed is accounted for.
  assert.equal(rowOf(options, point, [round(4, { sent: 103, missed: 3 })], []).balanced, true);
});
