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
function launchesOf(items: number, packets = 64) {
  const launched: [first: number, count: number][] = [];
  const status = new Int32Array(items * STATUS_STRIDE);
  const values = new Float64Array(32);
  const gpu = {
    launch(stream: number, kernel: number, blocks: number, args: Float64Array) {
      assert.deepEqual([stream, kernel, ...args.slice(2)], [5, 6, items, 1, 70, 1, 2, 3]);
      assert.equal(args[0], 0x1000);
      launched.push([args[1], blocks]);
    },
  };
  const parts = {
    share: { deviceStatus: 1, deviceDoorbells: 0x1000 },
    deviceBodies: 2,
    bodyBytes: 3,
  };
  const list = { items, packets, status, deviceAddress: 0x1000, ...parts };
  const rxTurn = { tsc: 0 };
  const path = { list, rxTurn, rxTally: { values }, share: { timeout: 100 } };
  const work = { gpu, path, posted: { stream: 5, kernel: 6 }, packetTimeNs: 70 };
  const set = (item: number, to: number) => {
    status[(item % items) * STATUS_STRIDE] = to;
  };
  const launches = new Launches(work as unknown as Work);
  /** While more packets keep coming, at a time of the last turn's clock. */
  const coming = (ready: number, tsc: number) => {
    rxTurn.tsc = tsc;
    return launches.launch(ready, true);
  };
  return { launches, coming, launched, set, values };
}

describe('launches', () => {
  it('take all that is READY at once, in order round the list, and are counted', () => {
    const { launches, launched, set, values } = launchesOf(8);
    assert.equal(launches.launch(0), false);
    for (let item = 0; item < 5; item++) set(item, READY);
    assert.equal(launches.launch(5), true);
    assert.equal(launches.launched, 5);
    for (let item = 0; item < 5; item++) set(item, DONE);
    for (let item = 5; item < 9; item++) set(item, READY);
    assert.equal(launches.launch(9), true);
    assert.deepEqual(launched, [
      [0, 5],
      [5, 4],
    ]);
    assert.equal(values[Count.launches], 2);
  });

  it('are one at a time while few items gather, and two when many do', () => {
    const { launches, launched, set } = launchesOf(128);
    for (let item = 0; item < 50; item++) set(item, READY);
    assert.equal(launches.launch(1), true);
    for (let handed = 2; handed <= 16; handed++) assert.equal(launches.launch(handed), false);
    assert.equal(launches.launch(17), true);
    // Two are under way: items gather until one is over.
    assert.equal(launches.launch(40), false);
    set(0, DONE);
    assert.equal(launches.launch(40), true);
    assert.deepEqual(launched, [
      [0, 1],
      [1, 16],
      [17, 23],
    ]);
    // The first of the two is not over before its last item is.
    set(1, DONE);
    set(15, DONE);
    assert.equal(launches.launch(60), false);
    set(16, FREE);
    assert.equal(launches.launch(60), true);
  });

  it('are worth 256 packets while more keep coming, and go at once when none do', () => {
    const { launches, coming, launched, set } = launchesOf(64, 32);
    for (let item = 0; item < 20; item++) set(item, READY);
    for (let handed = 1; handed < 8; handed++) assert.equal(coming(handed, 500), false);
    assert.equal(coming(8, 500), true);
    set(7, DONE);
    assert.equal(coming(10, 1000), false);
    assert.equal(launches.launch(10), true);
    // Nor longer than a partial item waits.
    set(9, DONE);
    assert.equal(coming(11, 1500), false);
    assert.equal(coming(12, 1599), false);
    assert.equal(coming(12, 1600), true);
    assert.deepEqual(launched, [
      [0, 8],
      [8, 2],
      [10, 2],
    ]);
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
    const { launches, launched, set } = launchesOf(16);
    for (let item = 0; item < 16; item++) set(item, READY);
    assert.equal(launches.launch(16), true);
    // All done, sent, freed and handed on before anybody looked.
    assert.equal(launches.launch(32), true);
    assert.equal(launches.launch(48), true);
    assert.deepEqual(launched, [
      [0, 16],
      [0, 16],
      [0, 16],
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
