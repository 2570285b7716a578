import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestShell } from '../testing/command-line.js';
import { snapshotLike } from '../testing/l2fwd-result.js';
import { LiveStatistics, liveLine, liveTable } from './live.js';

const before = snapshotLike(2);
const now = snapshotLike(3, {
  tx: { packets: 4_500_000, bytes: 400_000_000 },
  dropped: { tx_full: 1200, aborted: 0, device_lost: 34 },
  rx: { packets: 4_512_345, bytes: 401_000_000, missed: 7 },
});

test('a line has rates of the time between two snapshots, totals since the start', () => {
  // 2.5 million packets and 272 million bytes in the last second; 20,000 items went round.
  assert.equal(
    liveLine(now, before),
    'time 3.0 s  rx 4512345  tx 4500000  Mpps 2.500  Gbit/s 2.176  ' +
      'dropped 1234 (tx_full 1200, device_lost 34)  missed 7  packets/item 125.1  list 12/256\n',
  );
});

test('the first line counts from the start of the run', () => {
  assert.match(liveLine(snapshotLike(1)), /Mpps 1\.000 {2}Gbit\/s 0\.5120 {2}dropped 0 {2}/);
});

test('a table has the same figures, one a line', () => {
  assert.equal(
    liveTable(now, before),
    `time          3.0 s
rx            4,512,345
tx            4,500,000
Mpps          2.500
Gbit/s        2.176
dropped       1,234 (tx_full 1,200, device_lost 34)
missed        7
packets/item  125.1
list          12/256
`,
  );
});

test('several queues have a figure each, of the time between', () => {
  const queues = (...sent: number[]) =>
    sent.map((packets, queue) => {
      const counts = { packets, bytes: packets * 64 };
      return { port: 0, queue, rx: counts, tx: counts };
    });
  const [first, second] = [queues(1_000_000, 1_000_000), queues(2_500_000, 2_000_000)];
  const line = liveLine(snapshotLike(3, { queues: second }), snapshotLike(2, { queues: first }));
  assert.match(line, /Mpps 1\.000 {2}Mpps\/queue 1\.500\+1\.000 {2}Gbit/);
});

test('what a method without a list has no figure for is a dash', () => {
  const without = { listItems: 0, occupancy: { used: 0, of: 0 } };
  const line = liveLine(snapshotLike(2, without), snapshotLike(1, without));
  assert.match(line, /packets\/item - {2}list -\n$/);
});

test('two snapshots of one moment give no rate', () => {
  assert.match(liveLine(now, now), /Mpps - {2}Gbit\/s - {2}/);
});

test('on a pipe every second appends a line', () => {
  const shell = new TestShell();
  const live = new LiveStatistics(shell);
  live.show(before);
  live.say('warpline: warning: hot');
  live.show(now);
  const lines = `${liveLine(before)}warpline: warning: hot\n${liveLine(now, before)}`;
  assert.equal(shell.stderr, lines);
});

test('on a terminal a table is drawn over the one before, and messages go above it', () => {
  const shell = new TestShell();
  shell.columns = 80;
  const live = new LiveStatistics(shell);
  live.show(before);
  live.show(now);
  live.say('warpline: warning: hot');
  live.show(now);
  live.stop();
  const up = '\x1b[9A\x1b[J';
  const tables = [liveTable(before), liveTable(now, before), liveTable(now, now)];
  assert.equal(
    shell.stderr,
    `${tables[0]}${up}${tables[1]}${up}warpline: warning: hot\n${tables[2]}\n`,
  );
});

test('on a narrow terminal no line takes two', () => {
  const shell = new TestShell();
  shell.columns = 20;
  new LiveStatistics(shell).show(now);
  assert.deepEqual(
    shell.stderr.split('\n').filter((line) => line.length > 20),
    [],
  );
  assert.match(shell.stderr, /^dropped {7}1,234 $/m);
});
