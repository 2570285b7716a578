import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { completeL2fwdOptions, METHODS, type MethodName } from '../apps/l2fwd/options.js';
import { runL2fwd } from '../apps/l2fwd/run.js';
import { readFrames, scanCapture } from '../capture/capture.js';
import { Cable } from '../testing/cable.js';
import { frameOf } from '../testing/capture-files.js';
import { Folder } from '../testing/capture-folder.js';
import { CHECKOUT } from '../testing/command-line.js';
import { assertBalanced, assertFrames, assertLossless, forwarded } from '../testing/forwarding.js';
import { l2fwdHere } from '../testing/l2fwd-program.js';

// When a run ends, what it counts, and when a burst leaves that is not full.

const folder = new Folder();
const source = ['--port', 'net_null0,size=64'];
const two = [...source, '--port', 'net_null1,size=64'];
const sample = join(CHECKOUT, 'data/sample.pcap');

describe('--packets', { timeout: 60_000 }, () => {
  for (const method of METHODS)
    it(`is met exactly by ${method}`, async () => {
      for (const packets of [1, 64, 5001]) {
        const how = ['--method', method, '--packets', String(packets), '--verify'];
        const { status, result } = await l2fwdHere([...source, ...how]);
        assert.equal(status, 0);
        assertLossless(result, packets, 64 * packets);
        assert.deepEqual(result.verify, { checked: packets, wrong: 0 });
      }
    });

  for (const method of METHODS)
    it(`counts for both ports and all pipelines of ${method} together`, async () => {
      const how = ['--method', method, '--pipelines', '2', '--packets', '7001', '--burst', '32'];
      const { status, result } = await l2fwdHere([...two, ...how]);
      assert.equal(status, 0);
      assertLossless(result, 7001, 64 * 7001);
    });

  it('takes the first frames of a capture', async () => {
    const output = join(folder.path, 'first.pcap');
    const how = ['--in', sample, '--out', output, '--packets', '100', '--method', 'stream'];
    const { status, result } = await l2fwdHere(how);
    assert.equal(status, 0);
    assertLossless(result, 100);
    const first = [...readFrames(sample)].slice(0, 100);
    assertFrames(
      readFrames(output),
      first.map((frame) => forwarded(frame, 'stream')),
    );
  });

  it('beyond the end of a capture changes nothing', async () => {
    const { result } = await l2fwdHere(['--in', sample, '--packets', '1000000']);
    assertLossless(result, scanCapture(sample).frames);
  });

  it('may be more than 32 bits hold', async () => {
    for (const packets of [2 ** 31, 2 ** 32, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER]) {
      const how = ['--packets', String(packets), '--duration', '0.2'];
      const { result } = await l2fwdHere([...source, ...how]);
      assertBalanced(result);
      assert.ok(result.tx.packets > 1, `${packets}: ${result.tx.packets} went out`);
    }
  });
});

describe('--duration', { timeout: 60_000 }, () => {
  for (const method of METHODS)
    it(`ends ${method}, not before it has passed`, async () => {
      const start = performance.now();
      const how = ['--method', method, '--duration', '0.25'];
      const { status, result } = await l2fwdHere([...source, ...how]);
      assert.equal(status, 0);
      assert.ok(performance.now() - start >= 250);
      assertBalanced(result);
      assert.equal(result.error, undefined);
      assert.ok(result.tx.packets > 0);
    });

  it('and --packets: whichever comes first', async () => {
    const both = ['--duration', '1000', '--packets', '10'];
    assertLossless((await l2fwdHere([...source, ...both])).result, 10);
  });
});

describe('--warmup', { timeout: 60_000 }, () => {
  /** Packets the rate counts, worked out from what is reported. */
  const counted = ({ mpps, seconds }: { mpps: number; seconds: number }) =>
    Math.round(mpps * 1e6 * seconds);

  for (const method of METHODS)
    it(`leaves packets of ${method} out of time and rates`, async () => {
      const how = [...source, '--method', method, '--packets', '5000', '--burst', '16'];
      const { result: all } = await l2fwdHere(how);
      assert.equal(counted(all), 5000);
      const { result } = await l2fwdHere([...how, '--warmup', '3000']);
      assertLossless(result, 5000);
      assert.deepEqual([all.warmup, result.warmup], [{ packets: 0 }, { packets: 3000 }]);
      // Counting starts behind the burst in which the last of them is.
      assert.ok(counted(result) <= 2000 && counted(result) >= 2000 - 16, String(counted(result)));
      assert.ok(Math.abs(result.gbps - (result.mpps * 64 * 8) / 1000) < 1e-9);
    });

  it('of more packets than come leaves nothing to count', async () => {
    const { result } = await l2fwdHere([...source, '--packets', '100', '--warmup', '1000']);
    assertLossless(result, 100);
    const { seconds, mpps, gbps, latencyUs } = result;
    assert.deepEqual([seconds, mpps, gbps, latencyUs.max], [0, 0, 0, 0]);
  });
});

describe('--burst and --items', { timeout: 60_000 }, () => {
  for (const method of METHODS)
    it(`at their ends, with ${method}`, async () => {
      for (const [burst, items] of [
        [1, 2],
        [1024, 3],
        [5, 1000],
      ]) {
        const shape = ['--burst', String(burst), '--items', String(items), '--verify'];
        const how = ['--method', method, '--packets', '3000', ...shape];
        const { status, result } = await l2fwdHere([...source, ...how]);
        assert.equal(status, 0);
        assertLossless(result, 3000);
        assert.deepEqual(result.verify, { checked: 3000, wrong: 0 });
        assert.ok(result.listItems >= 3000 / burst);
      }
    });
});

/** Sends frames one by one through a cable, each when the one before has come back. */
async function trickle(method: MethodName, timeoutUs: number, frames: Uint8Array[], alone = true) {
  const cable = new Cable();
  const stop = new AbortController();
  const given = { port: cable.devargs, device: 'software', method, timeoutUs, burst: 16 };
  const back: Uint8Array[] = [];
  let took = 0;
  const play = async () => {
    await cable.connect();
    const start = performance.now();
    for (const frame of frames) {
      while (!cable.offer(frame)) await sleep(1);
      if (alone) back.push(...(await cable.exchange([], 1)));
      else await sleep(1);
    }
    while (back.length < frames.length) {
      back.push(...cable.fetch());
      await sleep(1);
    }
    took = performance.now() - start;
  };
  let played: Promise<void> | undefined;
  const onStart = () => {
    played = play().finally(() => stop.abort());
  };
  const result = await runL2fwd(completeL2fwdOptions(given), { stop: stop.signal, onStart });
  await played;
  cable.close();
  assertLossless(result, frames.length);
  assertFrames(
    back,
    frames.map((frame) => forwarded(frame, method)),
  );
  return { listItems: result.listItems, took };
}

describe('--timeout-us', { timeout: 60_000 }, () => {
  const frames = Array.from({ length: 64 }, (_, i) => frameOf(60, i));

  for (const method of METHODS)
    it(`lets a frame that comes alone go alone, with ${method}`, async () => {
      const few = frames.slice(0, 20);
      const { listItems } = await trickle(method, 50, few);
      assert.equal(listItems, few.length);
    });

  // `cpu` gathers nothing: what a receive call brings it works on.
  for (const method of METHODS.filter((name) => name !== 'cpu'))
    it(`gathers frames until then, with ${method}`, async (t) => {
      const { listItems, took } = await trickle(method, 1_000_000, frames, false);
      // `stream` lets four items go together: no more and no fewer are there.
      if (took < 1000) assert.equal(listItems, 4);
      else t.skip('this machine is so slow that the timeout has passed');
    });
});
