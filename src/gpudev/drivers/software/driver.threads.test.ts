import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { native } from '../../../memory/native.js';
import { testKernel } from '../../../testing/kernels.js';
import type { SubmitterData, SubmitterReport } from '../../../testing/submitter.js';
import { args, coded, onGpu, type TestGpu } from '../../../testing/test-gpu.js';
import { Compare } from '../../driver.js';
import { RING_SLOTS } from './board.js';
import { softwareDriver } from './driver.js';

function submitter(t: TestGpu, part: Pick<SubmitterData, 'stream' | 'kernel' | 'works'>) {
  const progress = new Int32Array(new SharedArrayBuffer(4));
  const { handle } = t.gpu;
  const workerData: SubmitterData = {
    handle,
    sum: t.at(16 * part.stream),
    gate: t.at(2000),
    progress: progress.buffer as SharedArrayBuffer,
    ...part,
  };
  const worker = new Worker(new URL('../../../testing/submitter.js', import.meta.url), {
    workerData,
  });
  const report = new Promise<SubmitterReport>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  return { progress, report };
}

function until(condition: () => boolean): void {
  while (!condition()) native.lcoreYield();
}

/** Threads of this process that carry a multiprocessor's name. */
function multiprocessorThreads(): number {
  const names = readdirSync('/proc/self/task').map((id) => {
    try {
      return readFileSync(`/proc/self/task/${id}/comm`, 'latin1').trim();
    } catch {
      return '';
    }
  });
  return names.filter((name) => /^gpu-sm\d+$/.test(name)).length;
}

for (const processors of [1, 2]) {
  test(
    `${processors}: threads that attach submit to streams of their own`,
    onGpu(processors, async (t) => {
      const { gpu } = t;
      const kernel = await t.kernel('add');
      const works = 3 * RING_SLOTS;
      const others = [1, 2].map(() => submitter(t, { stream: gpu.createStream(), kernel, works }));
      const stream = gpu.createStream();
      for (let i = 0; i < works; i++) gpu.launch(stream, kernel, 1, args(t.at(160), 1));
      gpu.synchronize(stream);
      Atomics.store(t.words, 2000, 1);
      for (const { report } of others) assert.deepEqual(await report, {});
      assert.deepEqual([t.words[0], t.words[16], t.words[160]], [works, works, works]);
    }),
  );

  test(
    `${processors}: who submits to a full stream waits for room`,
    onGpu(processors, async (t) => {
      const { gpu } = t;
      const kernel = await t.kernel('add');
      const works = 2 * RING_SLOTS;
      const { progress, report } = submitter(t, { stream: gpu.createStream(), kernel, works });
      // The wait for the gate has one slot.
      until(() => Atomics.load(progress, 0) === RING_SLOTS - 1);
      native.lcoreSleep(20_000);
      assert.equal(Atomics.load(progress, 0), RING_SLOTS - 1);
      Atomics.store(t.words, 2000, 1);
      assert.deepEqual(await report, {});
      assert.equal(t.words[0], works);
    }),
  );

  test(
    `${processors}: who waits in another thread learns that the device is lost`,
    onGpu(processors, async (t) => {
      const { gpu } = t;
      const kernel = await t.kernel('add');
      const explode = await t.kernel('explode');
      const full = submitter(t, { stream: gpu.createStream(), kernel, works: 2 * RING_SLOTS });
      const waiting = submitter(t, { stream: gpu.createStream(), kernel, works: 1 });
      until(() => Atomics.load(full.progress, 0) === RING_SLOTS - 1);
      until(() => Atomics.load(waiting.progress, 0) === 1);
      gpu.launch(gpu.createStream(), explode, 1, args());
      assert.deepEqual(await full.report, { error: 'GPU_LAUNCH_FAILED' });
      assert.deepEqual(await waiting.report, { error: 'GPU_LAUNCH_FAILED' });
    }),
  );

  test(
    `${processors}: closing ends submitters too, and never pulls memory from under them`,
    onGpu(processors, async (t) => {
      const { gpu } = t;
      const kernel = await t.kernel('add');
      const full = submitter(t, { stream: gpu.createStream(), kernel, works: 2 * RING_SLOTS });
      const attached = await softwareDriver.attach(structuredClone(gpu.handle));
      until(() => Atomics.load(full.progress, 0) === RING_SLOTS - 1);
      await gpu.close();
      assert.deepEqual(await full.report, { error: 'GPU_CLOSED' });
      assert.throws(() => attached.launch(0, kernel, 1, args()), coded('GPU_CLOSED', /launch was/));
      assert.throws(() => gpu.allocate(16), coded('GPU_CLOSED'));
      await assert.rejects(gpu.load(testKernel('add')), coded('GPU_CLOSED'));
      await gpu.close();
    }),
  );
}

test(
  'a thread that attached has the data plane, not the control calls',
  onGpu(1, async (t) => {
    const kernel = await t.kernel('add');
    const stream = t.gpu.createStream();
    const gpu = await softwareDriver.attach(structuredClone(t.gpu.handle));
    assert.deepEqual(gpu.info, t.gpu.info);
    gpu.launch(stream, kernel, 2, args(t.at(0), 1));
    gpu.writeBarrier();
    gpu.synchronize(stream);
    assert.ok(gpu.idle(stream));
    assert.equal(t.words[0], 2);
    assert.equal(gpu.fault(), undefined);
    const control: [string, () => unknown][] = [
      ['allocate', () => gpu.allocate(16)],
      ['free', () => gpu.free(0)],
      ['register', () => gpu.register(t.at(0), 16)],
      ['unregister', () => gpu.unregister(t.at(0))],
      ['cpuMap', () => gpu.cpuMap(0, 16)],
      ['cpuUnmap', () => gpu.cpuUnmap(0)],
      ['createStream', () => gpu.createStream()],
      ['destroyStream', () => gpu.destroyStream(stream)],
      ['createEvent', () => gpu.createEvent()],
      ['destroyEvent', () => gpu.destroyEvent(0)],
      ['elapsed', () => gpu.elapsed(0, 0)],
      ['createGraph', () => gpu.createGraph([])],
      ['destroyGraph', () => gpu.destroyGraph(0)],
    ];
    for (const [call, run] of control) {
      assert.throws(run, coded('GPU_CONTROL_THREAD', new RegExp(`: ${call} was called`)));
    }
    await assert.rejects(gpu.load(testKernel('add')), coded('GPU_CONTROL_THREAD'));
    // Letting go here ends nothing there.
    await gpu.close();
    t.gpu.launch(stream, kernel, 1, args(t.at(0), 1));
    t.gpu.synchronize(stream);
    assert.equal(t.words[0], 3);
  }),
);

test('closing ends every thread, whatever runs', async () => {
  const endings: ((t: TestGpu) => Promise<void>)[] = [
    async () => {},
    async (t) => {
      const answer = await t.kernel('answer');
      t.gpu.launch(t.gpu.createStream(), answer, 40, args(t.at(0), t.at(1)));
    },
    async (t) => {
      const spin = await t.kernel('spin');
      t.gpu.launch(t.gpu.createStream(), spin, 4, args(t.at(0)));
      t.until(0, 1);
    },
    async (t) => {
      const stream = t.gpu.createStream();
      t.gpu.waitValue(stream, t.at(0), 1, Compare.EQ);
    },
    async (t) => {
      const source = 'data:text/javascript,setInterval(()=>{},1000);export const k=()=>{}';
      await t.gpu.load({ name: 'k', software: { module: source, export: 'k' } });
    },
  ];
  for (const run of endings) {
    let seen = 0;
    await onGpu(2, async (t) => {
      await run(t);
      until(() => multiprocessorThreads() === 2);
      seen = multiprocessorThreads();
    })();
    assert.equal(seen, 2);
    assert.equal(multiprocessorThreads(), 0);
  }
});

test(
  'loading that cannot finish ends with the device',
  onGpu(1, async (t) => {
    const spin = await t.kernel('spin');
    t.gpu.launch(t.gpu.createStream(), spin, 1, args(t.at(0)));
    t.until(0, 1);
    const loading = assert.rejects(t.kernel('add'), coded('GPU_CLOSED', /load was/));
    await t.gpu.close();
    await loading;
  }),
);

test('devices are many, and apart', async () => {
  await onGpu(1, async (a) => {
    await onGpu(1, async (b) => {
      const explode = await a.kernel('explode');
      const add = await b.kernel('add');
      const [lost, well] = [a.gpu.createStream(), b.gpu.createStream()];
      a.gpu.launch(lost, explode, 1, args());
      assert.throws(() => a.gpu.synchronize(lost), coded('GPU_LAUNCH_FAILED'));
      b.gpu.launch(well, add, 1, args(b.at(0), 1));
      b.gpu.synchronize(well);
      assert.equal(b.words[0], 1);
      assert.equal(b.gpu.fault(), undefined);
    })();
  })();
});

test('open refuses what there is not', async () => {
  for (const processors of [0, -1, 1.5, 32, Number.NaN]) {
    const refused = coded('GPU_ARGUMENT', /multiprocessors are not 1 to 31/);
    await assert.rejects(softwareDriver.open(0, { processors }), refused);
  }
  await assert.rejects(softwareDriver.open(1), coded('GPU_ARGUMENT', /no software:1/));
  const [info] = softwareDriver.probe();
  assert.equal(info.residentBlocks, 32 * info.processorCount);
});

test('a process that forgot to close its device ends all the same', () => {
  const driver = new URL('./driver.js', import.meta.url);
  const code = `import { softwareDriver } from '${driver}'; await softwareDriver.open(0);`;
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    timeout: 30_000,
  });
  assert.deepEqual([child.status, child.signal], [0, null], String(child.stderr));
});
