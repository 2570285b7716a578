import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { completeL2fwdOptions, type L2fwdGiven, METHODS } from '../apps/l2fwd/options.js';
import type { L2fwdResult } from '../apps/l2fwd/result.js';
import { type RunHooks, runL2fwd } from '../apps/l2fwd/run.js';
import { Device } from '../gpudev/device.js';
import type { Kernel } from '../kernels/kernel.js';
import type { Histogram } from '../telemetry/histogram.js';
import { failsLater } from '../testing/failing-kernels.js';
import { assertBalanced, assertLossless } from '../testing/forwarding.js';
import { l2fwdHere } from '../testing/l2fwd-program.js';
import { assertContract } from '../testing/result-contract.js';
import { overtakes, repeats, SPOILT, spoils } from '../testing/traffic-kernels.js';
import type { TrafficResult } from '../traffic/traffic.js';

// A traffic port sends frames of its own and checks what comes back: end to end, with packets in
// the memory of every GPU there is.

const FRAMES = 6000;
const port = `traffic0,size=256,frames=${FRAMES}`;

function run(given: L2fwdGiven, hooks: RunHooks = {}, kernel?: Kernel): Promise<L2fwdResult> {
  return runL2fwd(completeL2fwdOptions({ port, burst: 16, items: 64, ...given }), hooks, kernel);
}

/** The sums hold, and what is not expected is 0. */
function assertTraffic(result: L2fwdResult, expected: Partial<TrafficResult>): void {
  const found = result.traffic as TrafficResult;
  const { offered, sent, missed, received, checked, lost, mppsOffered, ...rest } = found;
  const { stalls, stalledUs, collections, preemptions, ...flaws } = rest;
  assert.ok(stalledUs >= 100 * stalls);
  assert.equal(offered, sent + missed);
  assert.equal(sent, received + lost);
  assert.ok(sent === 0 || mppsOffered > 0);
  for (const n of [stalls, collections, preemptions]) assert.ok(Number.isInteger(n) && n >= 0);
  assert.equal(checked, expected.checked ?? received);
  const none = { wrong: 0, outOfOrder: 0, duplicated: 0 };
  const { wrong, outOfOrder, duplicated } = { ...none, ...expected };
  assert.deepEqual(flaws, { wrong, outOfOrder, duplicated });
  for (const [name, value] of Object.entries(expected))
    assert.equal(found[name as keyof TrafficResult], value, name);
}

for (const { spec: device, integrated } of Device.list())
  describe(`a traffic port on ${device}`, { timeout: 240_000 }, () => {
    for (const memory of ['host', 'gpu'] as const)
      for (const method of METHODS.filter((m) => integrated || m !== 'cpu' || memory === 'host')) {
        it(`gets every frame back from ${method}, ${memory} memory`, async () => {
          const result = await run({ device, memory, method, verify: true });
          assertLossless(result, FRAMES, 256 * FRAMES);
          assertContract(result, ['verify', 'traffic']);
          assertTraffic(result, { sent: FRAMES, received: FRAMES, missed: 0 });
          assert.deepEqual(result.verify, { checked: FRAMES, wrong: 0 });
        });

        if (method !== 'io')
          it(`finds the frames that ${method} spoils, ${memory} memory`, async () => {
            const result = await run({ device, memory, method, verify: true }, {}, spoils);
            assertLossless(result, FRAMES);
            const wrong = FRAMES / SPOILT;
            assertTraffic(result, { received: FRAMES, wrong });
            assert.deepEqual(result.verify, { checked: FRAMES, wrong });
          });
      }

    it('shares its frames among queues', async () => {
      const given = { device, memory: 'gpu', method: 'persistent', pipelines: 3 } as const;
      const result = await run({ ...given, port: 'traffic0,size=61,frames=3001' });
      assertLossless(result, 3001, 61 * 3001);
      assertTraffic(result, { sent: 3001, received: 3001 });
    });
  });

describe('a traffic port', { timeout: 120_000 }, () => {
  const device = 'software';

  for (const method of METHODS)
    it(`gets back all that it has sent when ${method} is stopped`, async () => {
      for (const memory of ['host', 'gpu'] as const) {
        const stop = new AbortController();
        const onStart: RunHooks['onStart'] = async ({ snapshot }) => {
          while (snapshot().rx.packets < 1000) await sleep(1);
          stop.abort();
        };
        const given = { device, method, memory, port: 'traffic0,mpps=0.2' };
        const result = await run(given, { stop: stop.signal, onStart });
        const { sent } = result.traffic as TrafficResult;
        assert.ok(sent >= 1000);
        assertLossless({ ...result, rx: { ...result.rx, missed: 0 } }, sent);
        assertTraffic(result, { lost: 0 });
      }
    });

  it('sends no more than --packets', async () => {
    const result = await run({ device, port: 'traffic0,slots=64', packets: 777 });
    assertLossless(result, 777);
    assertTraffic(result, { sent: 777, lost: 0 });
  });

  it('can be ended by who looks at it, and loses nothing by that', async () => {
    const result = await run(
      { device, method: 'cpu', port: 'traffic0,mpps=0.1,check=0' },
      {
        async onStart({ snapshot, end }) {
          while ((snapshot().traffic?.received ?? 0) < 500) await sleep(1);
          end();
        },
      },
    );
    const { sent, lost, received } = result.traffic as TrafficResult;
    assertLossless(result, sent);
    assert.deepEqual([lost, received], [0, sent]);
    assert.ok(sent >= 500);
  });

  it('can be looked at while it runs, and its latencies at the end', async () => {
    const stop = new AbortController();
    let seen: TrafficResult | undefined;
    let latency: Histogram | undefined;
    const result = await run(
      { device, method: 'cpu', port: 'traffic0,mpps=0.1,check=0' },
      {
        stop: stop.signal,
        async onStart({ snapshot }) {
          while ((seen?.received ?? 0) < 500) {
            await sleep(1);
            seen = snapshot().traffic;
          }
          stop.abort();
        },
        onLatency(histogram) {
          latency = histogram;
        },
      },
    );
    const end = result.traffic as TrafficResult;
    assert.ok(seen !== undefined && seen.received >= 500 && seen.offered <= end.offered);
    assert.equal(latency?.count, result.tx.packets);
    assert.equal(latency.percentile(0.99) / 1000, result.latencyUs.p99);
  });

  it('counts what a full ring does not take as missed, and offers what it was told', async () => {
    // Slow work: far fewer get through than are due.
    const given = { device, method: 'serial', packetTimeNs: 20_000, duration: 0.4 } as const;
    const result = await run({ ...given, port: 'traffic0,mpps=1' });
    assertBalanced(result);
    const { missed, offered } = result.traffic as TrafficResult;
    assert.ok(missed > 0 && missed < offered);
    assert.equal(result.rx.missed, missed);
    assertTraffic(result, { lost: 0 });
  });

  for (const memory of ['host', 'gpu'] as const)
    it(`with check=0 gets every frame back and looks at none, ${memory} memory`, async () => {
      const given = { device, memory, method: 'launch', port: `${port},check=0` } as const;
      const result = await run(given, {}, spoils);
      assertLossless(result, FRAMES, 256 * FRAMES);
      assertTraffic(result, { sent: FRAMES, received: FRAMES, checked: 0, wrong: 0 });
    });

  for (const memory of ['host', 'gpu'] as const)
    it(`counts frames that did not come back as lost, ${memory} memory`, async () => {
      for (const method of ['cpu', 'launch', 'persistent'] as const) {
        const result = await run({ device, memory, method, port: 'traffic0' }, {}, failsLater);
        assertBalanced(result);
        assert.ok(result.error !== undefined);
        const { sent, lost } = result.traffic as TrafficResult;
        const dropped = Object.values(result.dropped).reduce((sum, n) => sum + n, 0);
        assert.ok(dropped > 0 && lost >= dropped, `${dropped} dropped, ${lost} of ${sent} lost`);
        assertTraffic(result, { wrong: 0 });
      }
    });

  it('tells frames that came twice, or overtook others', async () => {
    // One lcore or multiprocessor after the other takes whole bursts.
    const given = { device, method: 'cpu', burst: 1024 } as const;
    const twice = (await run(given, {}, repeats)).traffic as TrafficResult;
    assert.ok(twice.duplicated > 0);
    assert.deepEqual([twice.wrong, twice.outOfOrder, twice.lost], [0, 0, 0]);
    const late = (await run(given, {}, overtakes)).traffic as TrafficResult;
    assert.ok(late.outOfOrder > 0);
    assert.deepEqual([late.wrong, late.duplicated, late.lost], [0, 0, 0]);
  });

  it('is its own other end, and is refused what it cannot do: exit 2', async () => {
    for (const [args, code] of [
      [['--port', 'traffic0', '--port', 'net_null0'], 'OPTION_CONFLICT'],
      [['--port', 'traffic0', '--port', 'traffic1'], 'OPTION_CONFLICT'],
      [['--port', 'traffic0,size=9000'], 'PORT_ATTACH'],
      [['--port', 'traffic0,pace=9'], 'PORT_ATTACH'],
    ] as const) {
      const { status, stdout, stderr } = await l2fwdHere([...args]);
      assert.deepEqual([status, stdout], [2, '']);
      assert.match(stderr, new RegExp(`^warpline: ${code}: [^\n]+\n$`));
    }
  });
});
