import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { main } from '../cli/main.js';
import { Folder } from '../testing/capture-folder.js';
import { TestShell } from '../testing/command-line.js';
import { encodeTrace } from './perfetto.js';
import { sketch, spanOfItems } from './sketch.js';
import type { Slice, Timeline } from './timeline.js';

const folder = new Folder();

function slice(name: string, from: number, to: number): Slice {
  return { name, from, to };
}

/** Three items, each received while the one before is worked on. */
const timeline: Timeline = {
  name: 'warpline l2fwd persistent',
  about: { burst: 64 },
  tracks: [
    {
      name: 'RX lcore 0',
      slices: [0, 1, 2].map((n) => slice(`receive ${n}`, 100 * n, 100 * n + 90)),
    },
    ...[0, 1, 2].map((n) => ({
      name: `item ${n}`,
      group: 'comm list',
      slices: [
        slice(`FREE: filled ${n}`, 100 * n, 100 * n + 90),
        slice(`READY ${n}`, 100 * n + 90, 100 * n + 180),
        slice(`DONE ${n}`, 100 * n + 180, 100 * n + 250),
      ],
    })),
    ...[0, 1].map((b) => ({
      name: `block ${b}`,
      group: 'GPU',
      slices: [slice(`kernel ${b}`, 100 * b + 100, 100 * b + 180)],
    })),
    { name: 'TX lcore 0', slices: [slice('DONE 0', 200, 200), slice('send 0', 201, 250)] },
  ],
};

test('the items asked for set the time that is drawn', () => {
  assert.deepEqual(spanOfItems(timeline, 2), { from: 0, to: 350, items: [0, 1] });
  assert.deepEqual(spanOfItems(timeline, 1, 1), { from: 100, to: 350, items: [1] });
  assert.deepEqual(spanOfItems(timeline, 5, 2), { from: 200, to: 450, items: [2] });
  assert.equal(spanOfItems(timeline, 1, 3), undefined);
});

test('slices stand where they were, on the tracks of these items and of all', () => {
  const span = spanOfItems(timeline, 1, 0);
  assert.ok(span);
  assert.equal(
    sketch(timeline, { ...span, columns: 50 }),
    [
      'RX lcore 0 │[receive 0───────]  [receive 1───────]  [2───────]',
      '  item 0   │[FREE: filled 0──][READY 0─────────][DONE 0──────]',
      '  block 0  │                    [kernel 0──────]',
      'TX lcore 0 │                                        [send 0──]',
      '',
    ].join('\n'),
  );
});

test('warpline trace FILE draws them, under what is known of the run', async () => {
  const file = join(folder.path, 'run.pftrace');
  writeFileSync(file, encodeTrace(timeline, 1));
  const shell = new TestShell();
  shell.columns = 100;
  assert.equal(await main(['trace', file, '--items', '2', '--item', '1'], shell), 0, shell.stderr);
  const [name, burst, drawn, , ...lines] = shell.stdout.split('\n');
  assert.deepEqual([name, burst], ['warpline l2fwd persistent', 'burst  64']);
  assert.match(drawn, /^drawn +0\.1000 to 0\.4500 µs$/);
  const tracks = lines.map((line) => line.split('│')[0].trim());
  assert.deepEqual(tracks, ['RX lcore 0', 'item 1', 'item 2', 'block 1', 'TX lcore 0', '']);
});
