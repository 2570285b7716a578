import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as breathe, setTimeout as sleep } from 'node:timers/promises';
import { type L2fwdOptions, METHODS, type MemoryKind } from '../apps/l2fwd/options.js';
import type { L2fwdResult, L2fwdSnapshot } from '../apps/l2fwd/result.js';
import { type RunHooks, runL2fwd } from '../apps/l2fwd/run.js';
import { Device } from '../gpudev/device.js';
import { acrossBus } from '../testing/across-bus.js';
import { Cable } from '../testing/cable.js';
import { random } from '../testing/random.js';
import { methods } from './table.js';

// One suite over every method, device and memory kind: a program on one end of a cable, a host that
// counts and compares on the other.

const MEMORY: MemoryKind[] = ['host', 'staged', 'gpu', 'gpu-mapped'];
const SWAPPED = 12;

// Where kernels poll doorbells in mapped device memory instead of the status words.
for (const { spec: device, integrated } of Device.list())
  if (integrated)
    for (const method of ['persistent', 'stream', 'graph', 'launch'] as const)
      it(`${method} on ${device}, status words split`, { timeout: 60_000 }, async () => {
        const frames = traffic(1500, `${method} split`);
        const given = { method, device, statusIn: 'split', burst: 16, items: 32 } as const;
        const { result, value: back } = await withHost(given, (cable) => cable.exchange(frames));
        assert.deepEqual(back.map(hex), frames.map(swapped).map(hex));
        checkCounts(result);
        assert.deepEqual([result.statusIn, result.tx.packets], ['split', frames.length]);
      });

/** A device with a memory kind; `bus`: the CPU does not read the device's memory there. */
interface Place {
  device: string;
  memory: MemoryKind;
  bus?: true;
  /** One lcore at both ends of a path, where there are two otherwise. */
  lcores?: 1;
}

// The cable's port copies packets with the CPU: where it must not read them, they are unloaded.
const places: Place[] = [];
for (const { spec: device, integrated } of Device.list()) {
  for (const memory of integrated ? MEMORY : MEMORY.slice(0, 2)) places.push({ device, memory });
  if (integrated || (await mappable(device)))
    places.push({ device, memory: 'gpu-mapped', bus: true });
  places.push({ device, memory: 'host', lcores: 1 });
}
/** Of each kind of RX loop one: nothing posted, work posted for what is READY, work posted ahead. */
const ENDS = ['persistent', 'launch', 'stream'] as const;
const apart = METHODS.filter((name) => 'tx' in methods[name].lcores);

// Whatever stands between the ends of a path, one lcore at both makes it go on.
for (const { device, memory, bus } of places.filter(({ lcores }) => lcores !== 1))
  for (const method of apart)
    it(`${method} on ${device}, ${memory} memory${bus ? ' across a bus' : ''}, one lcore`, {
      timeout: 60_000,
    }, async () => {
      const frames = traffic(1500, `${method} ${memory} one lcore`);
      const given = { method, device, memory, bus, burst: 16, items: 32, lcores: 1 };
      const { result, value: back } = await withHost(given, (cable) => cable.exchange(frames));
      const expected = method === 'io' ? frames : frames.map(swapped);
      assert.deepEqual(back.map(hex), expected.map(hex));
      checkCounts(result);
      assert.deepEqual([result.lcores, result.tx.packets], [1, frames.length]);
    });

for (const { device, memory, bus, lcores } of places)
  for (const method of lcores === 1 ? ENDS : METHODS.filter((name) => name !== 'cpu' || !bus))
    describe(`${method} on ${device}, ${memory} memory${where(bus, lcores)}`, {
      timeout: 120_000,
    }, () => {
      const settings = { method, device, memory, bus, lcores };
      const expected = (frame: Uint8Array) => (method === 'io' ? frame : swapped(frame));

      it('sends every frame on, in order, with nothing but its MAC addresses exchanged', async () => {
        const frames = traffic(1500, `${method} ${memory}`);
        const { result, value: back } = await withHost({ ...settings, burst: 16 }, (cable) =>
          cable.exchange(frames),
        );
        assert.deepEqual(back.map(hex), frames.map(expected).map(hex));
        checkCounts(result);
        assert.equal(result.tx.packets, frames.length);
        assert.equal(result.rx.bytes, bytesOf(frames));
        assert.equal(result.tx.bytes, bytesOf(frames));
        const runts = frames.filter((frame) => frame.length < SWAPPED).length;
        assert.equal(result.unchanged.runt, method === 'io' ? 0 : runts);
        assert.deepEqual(result.verify, { checked: frames.length, wrong: 0 });
      });

      it('lets a partial burst go when the timeout has passed', async () => {
        const frames = traffic(5, 'partial');
        const { result, value: back } = await withHost(
          { ...settings, burst: 64 },
          async (cable) => {
            const first = await cable.exchange(frames.slice(0, 3));
            return [...first, ...(await cable.exchange(frames.slice(3)))];
          },
        );
        assert.deepEqual(back.map(hex), frames.map(expected).map(hex));
        checkCounts(result);
        assert.ok(result.listItems >= 2, `${result.listItems} items for two bursts`);
      });

      it('is held back by a slow sink, and loses nothing', async () => {
        const cable = new Cable(32);
        const small = { ...settings, burst: 4, items: 8 };
        const frames = traffic(400, 'slow');
        const { result, value: back } = await withHost(
          small,
          async (host, snapshot) => {
            // Nobody fetches: ring, list and ring fill up, and the program receives no more.
            let sent = 0;
            for (let refused = 0; refused < 200; refused++) {
              while (host.offer(frames[sent])) sent++;
              await sleep(1);
            }
            const before = snapshot().rx.packets;
            await sleep(20);
            assert.equal(snapshot().rx.packets, before, 'it goes on receiving');
            assert.ok(sent < frames.length, `it swallowed all ${sent} frames`);
            const { used, of } = snapshot().occupancy;
            if (method !== 'serial' && method !== 'cpu') assert.equal(used, of);
            const rest: Uint8Array[] = [];
            while (rest.length < frames.length) {
              rest.push(...host.fetch(3));
              if (sent < frames.length && host.offer(frames[sent])) sent++;
              await breathe();
            }
            return rest;
          },
          cable,
        );
        assert.deepEqual(back.map(hex), frames.map(expected).map(hex));
        checkCounts(result);
        assert.equal(result.tx.packets, frames.length);
      });

      it('can be stopped at any moment', async () => {
        const draw = random(`stop ${method} ${memory}`);
        for (let i = 0; i < 4; i++) {
          const frames = traffic(600, `stop ${i}`);
          const stopAt = Math.floor(draw() * 600);
          const { result, value } = await withHost(
            { ...settings, burst: 8 },
            async (cable, _, stop) => {
              const back: Uint8Array[] = [];
              for (let sent = 0; sent < stopAt; ) {
                if (cable.offer(frames[sent])) sent++;
                else await breathe();
                back.push(...cable.fetch());
              }
              stop();
              for (let quiet = 0; quiet < 50; quiet++) {
                const more = cable.fetch();
                if (more.length !== 0) quiet = 0;
                back.push(...more);
                await sleep(1);
              }
              return back;
            },
          );
          checkCounts(result);
          // A memif port that closes takes along what its peer has not fetched.
          assert.ok(value.length <= result.tx.packets);
          const sent = frames.slice(0, value.length);
          assert.deepEqual(value.map(hex), sent.map(expected).map(hex));
        }
      });

      it('counts as dropped what a sink does not take before the run must end', async () => {
        const cable = new Cable(32);
        const frames = traffic(100, 'stuck');
        const { result } = await withHost(
          { ...settings, burst: 4, items: 8, drainMs: 100 },
          async (host, snapshot, stop) => {
            for (let sent = 0, refused = 0; sent < frames.length && refused < 100; )
              if (host.offer(frames[sent])) sent++;
              else {
                refused++;
                await sleep(1);
              }
            const { rx, tx } = snapshot();
            assert.ok(rx.packets > tx.packets, 'nothing is stuck: the test tests nothing');
            await sleep(20);
            stop();
          },
          cable,
        );
        checkCounts(result);
        assert.equal(result.dropped.tx_full, result.rx.packets - result.tx.packets);
        assert.ok(result.dropped.tx_full > 0);
      });
    });

function where(bus?: true, lcores?: 1): string {
  return `${bus ? ' across a bus' : ''}${lcores === 1 ? ', one lcore' : ''}`;
}

type Scene<T> = (cable: Cable, snapshot: () => L2fwdSnapshot, stop: () => void) => Promise<T>;

/** Whether the CPU can map the memory of a GPU across a bus: it takes an open one to know. */
async function mappable(spec: string): Promise<boolean> {
  const device = await Device.open(spec);
  const { cpuMappable } = device.info;
  await device.close();
  return cpuMappable;
}

/** Runs l2fwd on a cable while `scene` plays the host at its other end, then drains it. */
async function withHost<T>(
  { bus, ...settings }: Partial<L2fwdOptions> & { bus?: true },
  scene: Scene<T>,
  cable = new Cable(),
): Promise<{ result: L2fwdResult; value: T }> {
  const stop = new AbortController();
  let played: Promise<T> | undefined;
  const play = async (snapshot: () => L2fwdSnapshot) => {
    try {
      await cable.connect();
      return await scene(cable, snapshot, () => stop.abort());
    } finally {
      stop.abort();
    }
  };
  try {
    const options = { ports: [cable.devargs], items: 64, verify: true, ...settings };
    const hooks: RunHooks = {
      stop: stop.signal,
      onStart: ({ snapshot }) => {
        played = play(snapshot);
        played.catch(() => {});
      },
    };
    const run = () => runL2fwd(options, hooks);
    const result = await (bus ? acrossBus(run) : run());
    const { unloadPool } = result;
    assert.equal(unloadPool !== undefined, bus === true);
    assert.equal(unloadPool?.available, unloadPool?.size);
    return { result, value: await (played as Promise<T>) };
  } finally {
    await played?.catch(() => {});
    cable.close();
  }
}

function checkCounts({ rx, tx, dropped, mempool, verify, error }: L2fwdResult): void {
  assert.equal(error, undefined);
  const lost = Object.values(dropped).reduce((sum, n) => sum + n, 0);
  assert.equal(rx.packets, tx.packets + lost);
  assert.equal(mempool.available, mempool.size);
  assert.equal(verify?.wrong, 0);
}

/** Frames of many lengths, runts among them, told apart by what is in them. */
function traffic(count: number, seed: string): Uint8Array[] {
  const draw = random(seed);
  return Array.from({ length: count }, () => {
    const runt = draw() < 0.02;
    const frame = new Uint8Array(runt ? 1 + draw() * 11 : 14 + draw() * 1500);
    for (let i = 0; i < frame.length; i++) frame[i] = draw() * 256;
    return frame;
  });
}

function swapped(frame: Uint8Array): Uint8Array {
  if (frame.length < SWAPPED) return frame;
  return new Uint8Array([...frame.slice(6, 12), ...frame.slice(0, 6), ...frame.slice(12)]);
}

const hex = (frame: Uint8Array) => Buffer.from(frame).toString('base64');
const bytesOf = (frames: readonly Uint8Array[]) => frames.reduce((sum, f) => sum + f.length, 0);
