import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tracksOf } from '../report/trace-file.js';
import { chromeTrace } from './chrome.js';

test('in Chrome’s format the same tracks and slices are read by the report', () => {
  const timeline = {
    name: 'warpline l2fwd io',
    about: { burst: 64 },
    tracks: [
      {
        name: 'RX lcore 0',
        slices: [{ name: 'receive 7', from: 1500, to: 2750, args: { packets: 3 } }],
      },
      { name: 'item 7', group: 'comm list', slices: [{ name: 'DONE 7', from: 3000, to: 4500 }] },
      {
        name: 'TX lcore 0',
        slices: [
          { name: 'FREE 7', from: 5, to: 5 },
          { name: 'send 7', from: 0, to: 9 },
        ],
      },
    ],
  };
  const { traceEvents } = JSON.parse(chromeTrace(timeline, 4));
  assert.deepEqual(tracksOf(traceEvents), [
    { name: 'RX lcore 0', slices: [{ name: 'receive 7', from: 1.5, to: 2.75 }] },
    { name: 'comm list item 7', slices: [{ name: 'DONE 7', from: 3, to: 4.5 }] },
    { name: 'TX lcore 0', slices: [{ name: 'send 7', from: 0, to: 0.009 }] },
  ]);
  const about = traceEvents.find(({ name }: { name: string }) => name === 'about');
  assert.deepEqual(about.args, timeline.about);
});
