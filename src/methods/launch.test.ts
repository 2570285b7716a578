import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { STATUS_STRIDE, Status } from '../gpudev/comm-list.js';
import { Count } from '../telemetry/tally.js';
import { MethodStand } from '../testing/method-stand.js';
import { Launches, launch } from './launch.js';
import type { Work } from './method.js';

const { FREE, READY, DONE } = Status;

/** Launches over a list of so many items, and what was launched: [first item, how many]. */
function launchesOf(items: number) {
  const launched: [first: number, count: number][] = [];
  const status = new Int32Array(items * STATUS_STRIDE);
  const values = new Float64Array(32);
  const gpu = {
    launch(stream: number, kernel: number, blocks: number, args: Float64Array) {
      assert.deepEqual([stream, kernel, ...args.slice(2)], [5, 6, items, 1, 70, 0, 0, 0]);
      assert.equal(args[0], 0x1000);
      launched.push([args[1], blocks]);
    },
  };
  const path = { list: { items, status, deviceAddress: 0x1000 }, rxTally: { values } };
  const work = { gpu, path, posted: { stream: 5, kernel: 6 }, packetTimeNs: 70 };
  const set = (item: number, to: number) => {
    status[(item % items) * STATUS_STRIDE] = to;
  };
  return { launches: new Launches(work as unknown as Work), launched, set, values };
}

describe('launches', () => {
  it('take all that is READY at once, in order round the list, and are counted', () => {
    const { launches, launched, set, values } = launchesOf(8);
    assert.equal(launches.launch(0), false);
    for (let item = 0; item < 5; item++) set(item, READY);
    assert.equal(launches.launch(5), true);
    assert.equal(launches.launched, 5);
    for (let item = 5; item < 9; item++) set(item, READY);
    assert.equal(launches.launch(9), true);
    assert.deepEqual(launched, [
      [0, 5],
      [5, 4],
    ]);
    assert.equal(values[Count.launches], 2);
  });

  it('are two at most under way: items gather until one is over', () => {
    const { launches, launched, set } = launchesOf(16);
    for (let item = 0; item < 5; item++) set(item, READY);
    assert.equal(launches.launch(1), true);
    assert.equal(launches.launch(3), true);
    assert.equal(launches.launch(4), false);
    assert.equal(launches.launch(5), false);
    set(0, DONE);
    assert.equal(launches.launch(5), true);
    assert.deepEqual(launched.at(-1), [3, 2]);
    // The second is not over before its last item is.
    set(1, DONE);
    set(5, READY);
    assert.equal(launches.launch(6), false);
    set(2, FREE);
    assert.equal(launches.launch(6), true);
  });

  it('are of 64 items at most', () => {
    const { launches, launched, set } = launchesOf(200);
    for (let item = 0; item < 150; item++) set(item, READY);
    assert.equal(launches.launch(150), true);
    assert.equal(launches.launch(150), true);
    assert.equal(launches.launch(150), false);
    set(63, DONE);
    assert.equal(launches.launch(150), true);
    assert.equal(launches.launch(150), false);
    assert.deepEqual(launched, [
      [0, 64],
      [64, 64],
      [128, 22],
    ]);
    assert.equal(launches.launched, 150);
  });

  it('are over, too, when their last item is READY again: it was sent and handed on anew', () => {
    const { launches, launched, set } = launchesOf(2);
    for (const item of [0, 1]) {
      set(item, READY);
      assert.equal(launches.launch(item + 1), true);
    }
    // Both done, sent, freed and handed on before anybody looked.
    for (const handed of [3, 4]) assert.equal(launches.launch(handed), true, `item ${handed - 1}`);
    assert.deepEqual(launched, [
      [0, 1],
      [1, 1],
      [0, 1],
      [1, 1],
    ]);
  });
});

describe('launch', () => {
  it('serves every item once, in order, whatever comes between, and drains', async () => {
    const shape = fc.record({
      items: fc.oneof(fc.integer({ min: 2, max: 6 }), fc.integer({ min: 2, max: 150 })),
      wanted: fc.nat(400),
      seed: fc.string(),
    });
    await fc.assert(
      fc.asyncProperty(shape, async ({ items, wanted, seed }) => {
        const stand = new MethodStand(launch, items, seed, wanted);
        await stand.run();
        assert.deepEqual([stand.served, stand.freed, stand.posted], Array(3).fill(stand.handed));
        assert.equal(stand.handed, wanted);
        assert.ok(stand.closed);
        assert.ok(stand.deepest <= 2, `${stand.deepest} launches under way`);
        assert.ok(stand.launches <= wanted);
      }),
      { numRuns: 200 },
    );
  });
});
