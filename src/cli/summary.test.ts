import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resultLike } from '../testing/l2fwd-result.js';
import { summary } from './summary.js';

test('the summary says all that a result holds', () => {
  const result = resultLike({
    verify: { checked: 1_234_555, wrong: 0 },
    input: { file: 'a.pcap', frames: 1_234_567, truncated: true },
    warmup: { packets: 1000 },
    traffic: {
      offered: 1_234_600,
      sent: 1_234_567,
      missed: 33,
      received: 1_234_565,
      checked: 1_234_565,
      lost: 2,
      wrong: 3,
      outOfOrder: 4,
      duplicated: 5,
      mppsOffered: 6,
      collections: 0,
      preemptions: 0,
      stalls: 0,
      stalledUs: 0,
    },
  });
  assert.equal(
    summary(result),
    `method     persistent, 64 packets an item, 256 items a list
device     software (eight multiprocessors), host memory
ports      net_null0 (net_null)
pipelines  3
input      a.pcap, 1,234,567 frames, cut off
rx         1,234,567 packets, 79,012,288 bytes, 5 missed
tx         1,234,555 packets, 79,011,520 bytes
dropped    12 (tx_full 10, aborted 2)
unchanged  1 (runt 1)
rate       0.8230 Mpps, 0.4214 Gbit/s
time       1.500 s, after 1,000 packets of warm-up
latency    p50 12.34, p90 23.45, p99 234.5, p99.9 2,346, max 12,346 µs
items      20,000, 61.73 packets per item
launches   1
verify     1,234,555 frames, 0 wrong
traffic    6.000 Mpps offered, 1,234,567 frames sent, 2 lost, 3 wrong, 4 out of order, 5 twice
mempool    19,968 of 19,968 mbufs back
`,
  );
});

test('what does not apply is left out, and nothing sent has no latency', () => {
  const text = summary(
    resultLike({
      pipelines: 1,
      listItems: 0,
      rx: { packets: 0, bytes: 0, missed: 0 },
      tx: { packets: 0, bytes: 0 },
      dropped: { tx_full: 0 },
    }),
  );
  assert.doesNotMatch(text, /^(pipelines|input|verify|traffic|items)/m);
  assert.match(text, /^latency {4}-$/m);
  assert.match(text, /^dropped {4}0$/m);
});
