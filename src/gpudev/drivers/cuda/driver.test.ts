import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setImmediate as breathe } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { entry } from '../../../kernels/kernel.js';
import { macSwap } from '../../../kernels/mac-swap.js';
import { HostMemory } from '../../../memory/memory.js';
import { cudaKernel } from '../../../testing/cuda-kernels.js';
import { loopsLater, strays } from '../../../testing/failing-kernels.js';
import { args, coded } from '../../../testing/test-gpu.js';
import { Device } from '../../device.js';
import { Compare, type Gpu, WRITES_MAX } from '../../driver.js';
import { cudaDriver } from './driver.js';
import { cudaNative } from './native.js';

const here = cudaDriver.probe().length > 0;
const nvcc = spawnSync('nvcc', ['--version']).status === 0;

describe('with CUDA or without', () => {
  it('the addon loads, and says why CUDA cannot be used where it cannot', () => {
    const file = '../../../../build/cuda.node';
    const addon = createRequire(import.meta.url)(file) as { cudaLoad(): string };
    const missing = addon.cudaLoad();
    assert.equal(typeof cudaNative() === 'string', missing !== '');
    assert.ok(!missing.includes('\n'));
    if (missing !== '') assert.deepEqual(cudaDriver.probe(), []);
  });

  it('a CUDA GPU that is not there is refused with what there is', async () => {
    await assert.rejects(Device.open('cuda:99'), coded('DEVICE_UNKNOWN', /"cuda:99".*software\./));
  });

  it('a kernel says what source its CUDA side has, and none where it has none', () => {
    const { cuda } = entry(macSwap, 'persistent');
    assert.equal(cuda?.entry, 'warpline_persistent');
    assert.match(cuda.source, /#line 1 "mac-swap\.cu"\n[^#]*mac_swap\(uint8_t \*packet/);
    assert.equal(entry({ ...macSwap, cuda: undefined }, 'items').cuda, undefined);
  });

  // The built-in ones: compiler.test.ts.
  for (const kernel of [loopsLater, strays])
    for (const kind of ['items', 'persistent'] as const)
      it(`nvcc compiles ${kernel.name}/${kind}`, { skip: !nvcc && 'no nvcc' }, () => {
        const folder = mkdtempSync(join(tmpdir(), 'warpline-'));
        try {
          const file = join(folder, 'kernel.cu');
          writeFileSync(file, entry(kernel, kind).cuda?.source as string);
          const options = ['-std=c++17', '-arch=sm_75', '-Werror', 'all-warnings', '-cubin'];
          const done = spawnSync('nvcc', [...options, '-o', join(folder, 'kernel.cubin'), file]);
          assert.equal(done.status, 0, String(done.stderr));
        } finally {
          rmSync(folder, { recursive: true });
        }
      });
});

/** A CUDA GPU with some registered host memory, for one test. */
class Bench {
  private readonly memory = new HostMemory(4096);
  readonly words = this.memory.window.i32;

  constructor(readonly gpu: Gpu) {
    assert.equal(gpu.register(this.memory.address, this.memory.bytes), this.memory.address);
  }

  /** Address of a word, for host and device. */
  readonly at = (word: number): number => this.memory.address + 4 * word;

  async end(): Promise<void> {
    await this.gpu.close();
    this.memory.release();
  }
}

/** `synchronize` would wait for ever for what does not come. */
async function settled(gpu: Gpu, stream: number): Promise<void> {
  const end = performance.now() + 5000;
  while (!gpu.idle(stream)) {
    assert.ok(performance.now() < end, 'the stream does not come to its end');
    await breathe();
  }
  gpu.synchronize(stream);
}

function onCuda(test: (bench: Bench) => Promise<void>) {
  return async () => {
    const bench = new Bench(await cudaDriver.open(0));
    try {
      await test(bench);
    } finally {
      await bench.end();
    }
  };
}

describe('on a CUDA GPU', { skip: !here && 'there is none', timeout: 60_000 }, () => {
  it(
    'launches a stream of kernels in order, with all their arguments',
    onCuda(async ({ gpu, words, at }) => {
      const [scale, keep] = [
        await gpu.load(cudaKernel('scale')),
        await gpu.load(cudaKernel('keep')),
      ];
      const stream = gpu.createStream();
      for (let i = 0; i < 8; i++) words[i] = i;
      gpu.launch(stream, scale, 8, args(at(0), 3, 1));
      gpu.launch(stream, scale, 8, args(at(0), 2, 5));
      const all = [at(16), 1, 2 ** 40, -3, 2 ** 47, 5, 0, 7];
      gpu.launch(stream, keep, 1, args(...all));
      await settled(gpu, stream);
      assert.ok(gpu.idle(stream));
      for (let i = 0; i < 8; i++) assert.equal(words[i], (3 * i + 1) * 2 + 5);
      const kept = new BigInt64Array(words.buffer, words.byteOffset + 64, 8);
      assert.deepEqual([...kept].map(Number), all);
    }),
  );

  it(
    'waits for values and writes them, beside other streams',
    onCuda(async ({ gpu, words, at }) => {
      const answer = await gpu.load(cudaKernel('answer'));
      const [waiting, polling] = [gpu.createStream(), gpu.createStream()];
      gpu.launch(polling, answer, 1, args(at(0), at(1)));
      gpu.waitValue(waiting, at(1), 42, Compare.EQ);
      gpu.writeValue(waiting, at(2), 7);
      assert.equal(gpu.idle(waiting), false);
      Atomics.store(words, 0, 21);
      await settled(gpu, waiting);
      await settled(gpu, polling);
      assert.deepEqual([words[1], words[2]], [42, 7]);
    }),
  );

  it(
    'writes many words in one submission, in order and behind what came before',
    onCuda(async ({ gpu, words, at }) => {
      const stream = gpu.createStream();
      const writes = new Float64Array(2 * WRITES_MAX);
      for (let i = 0; i < WRITES_MAX; i++) writes.set([at(100 + i), i + 1], 2 * i);
      writes.set([at(100), 2 ** 32 - 1], 2 * (WRITES_MAX - 1));
      gpu.waitValue(stream, at(0), 1, Compare.EQ);
      gpu.writeValues(stream, writes, WRITES_MAX);
      writes.fill(0);
      assert.equal(words[100], 0);
      Atomics.store(words, 0, 1);
      await settled(gpu, stream);
      const expected = Array.from({ length: WRITES_MAX - 1 }, (_, i) => (i === 0 ? -1 : i + 1));
      assert.deepEqual([...words.subarray(100, 99 + WRITES_MAX)], expected);
      for (const count of [0, -1, 1.5, WRITES_MAX + 1])
        assert.throws(() => gpu.writeValues(stream, writes, count), coded('GPU_ARGUMENT'));
    }),
  );

  it(
    'has zeroed memory of the alignment asked for, and copies both ways',
    onCuda(async ({ gpu, words, at }) => {
      const stream = gpu.createStream();
      const inside = gpu.allocate(256, 65_536);
      assert.equal(inside % 65_536, 0);
      words.fill(-1, 0, 64);
      gpu.copy(stream, at(0), inside, 128);
      gpu.copy(stream, inside, at(32), 64);
      gpu.copy(stream, at(64), inside, 128);
      await settled(gpu, stream);
      assert.deepEqual([words[0], words[31], words[32]], [0, 0, -1]);
      assert.deepEqual([words[64], words[79], words[80]], [-1, -1, 0]);
      gpu.free(inside);
      assert.throws(() => gpu.free(inside), coded('GPU_UNKNOWN_ADDRESS'));
      const most = gpu.info.totalMemory;
      assert.throws(() => gpu.allocate(most), coded('GPU_OUT_OF_MEMORY', new RegExp(`${most}`)));
    }),
  );

  it(
    'runs graphs, branch beside branch, again and again',
    onCuda(async ({ gpu, words, at }) => {
      const scale = await gpu.load(cudaKernel('scale'));
      const stream = gpu.createStream();
      const inside = gpu.allocate(64);
      const graph = gpu.createGraph([
        { type: 'copy', after: [2], to: inside, from: at(1), bytes: 4 },
        { type: 'wait', after: [], address: at(0), value: 1, compare: Compare.EQ },
        { type: 'kernel', after: [1], kernel: scale, blocks: 1, args: [at(1), 10, 1] },
        { type: 'write', after: [0], address: at(2), value: 2 },
      ]);
      for (let round = 1; round < 4; round++) {
        words[0] = 0;
        gpu.launchGraph(stream, graph);
        assert.equal(gpu.idle(stream), false);
        Atomics.store(words, 0, 1);
        await settled(gpu, stream);
        assert.equal(words[1], Number('1'.repeat(round)));
        gpu.copy(stream, at(8), inside, 4);
        await settled(gpu, stream);
        assert.deepEqual([words[2], words[8]], [2, words[1]]);
      }
      gpu.destroyGraph(graph);
      assert.throws(() => gpu.launchGraph(stream, graph), coded('GPU_ARGUMENT', /no graph/));
      assert.throws(
        () => gpu.createGraph([{ type: 'write', after: [0], address: at(0), value: 1 }]),
        coded('GPU_ARGUMENT', /cycle/),
      );
      assert.throws(
        () => gpu.createGraph([{ type: 'copy', after: [], to: at(8), from: at(1), bytes: 4 }]),
        coded('GPU_ARGUMENT', /host to host/),
      );
    }),
  );

  it(
    'measures time between events',
    onCuda(async ({ gpu }) => {
      const stream = gpu.createStream();
      const [from, to, never] = [gpu.createEvent(), gpu.createEvent(), gpu.createEvent()];
      gpu.recordEvent(stream, from);
      gpu.recordEvent(stream, to);
      await settled(gpu, stream);
      assert.ok(gpu.elapsed(from, to) >= 0);
      assert.ok(Number.isNaN(gpu.elapsed(from, never)));
    }),
  );

  it(
    'takes work from a thread that attached',
    onCuda(async ({ gpu, words, at }) => {
      const add = await gpu.load(cudaKernel('add'));
      const stream = gpu.createStream();
      const code = `
        const { workerData: { module, handle, stream, kernel, word } } =
          await import('node:worker_threads');
        const { cudaDriver } = await import(module);
        const gpu = await cudaDriver.attach(handle);
        const args = new Float64Array(8);
        args.set([word, 5]);
        gpu.launch(stream, kernel, 2, args);
        gpu.synchronize(stream);`;
      const module = new URL('./driver.js', import.meta.url).href;
      const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`), {
        workerData: { module, handle: gpu.handle, stream, kernel: add, word: at(0) },
      });
      await new Promise<void>((resolve, reject) => {
        worker.on('error', reject);
        worker.on('exit', () => resolve());
      });
      assert.equal(words[0], 2 * 32 * 5);
    }),
  );

  it(
    'refuses what is wrong at the call',
    onCuda(async ({ gpu, at }) => {
      const stream = gpu.createStream();
      assert.throws(() => gpu.launch(stream, 9, 1, args()), coded('GPU_ARGUMENT', /no kernel 9/));
      assert.throws(() => gpu.idle(77), coded('GPU_ARGUMENT', /no stream 77/));
      assert.throws(() => gpu.writeValue(stream, at(0) + 1, 1), coded('GPU_ARGUMENT'));
      assert.throws(() => gpu.register(at(0), 4096), coded('GPU_ARGUMENT', /already/));
      const software = { name: 'mine', software: { module: 'x', export: 'y' } };
      await assert.rejects(
        gpu.load(software),
        coded('KERNEL_SIDE', /kernel mine has no CUDA side/),
      );
      const source = `#line 1 "mine.cu"\nextern "C" __global__ void f()\n{\n  wrong;\n}`;
      const bad = { name: 'mine', cuda: { source, entry: 'f', threads: 1 } };
      await assert.rejects(gpu.load(bad), coded('KERNEL_COMPILE', /mine\.cu\(3\): error.*wrong/));
    }),
  );

  // Each in a process of its own: CUDA gives a GPU that was lost to no other context of the process.
  for (const [name, code, kind] of [
    ['touch', 'GPU_ILLEGAL_ADDRESS', 'illegal-address'],
    ['trap', 'GPU_LAUNCH_FAILED', 'launch-failure'],
  ])
    it(`is lost after a ${name}, for every call and thread`, () => {
      const program = `
        import { cudaKernel } from '${new URL('../../../testing/cuda-kernels.js', import.meta.url)}';
        import { cudaDriver } from '${new URL('./driver.js', import.meta.url)}';
        const gpu = await cudaDriver.open(0);
        const kernel = await gpu.load(cudaKernel('${name}'));
        const stream = gpu.createStream();
        const told = [gpu.fault() === undefined];
        gpu.launch(stream, kernel, 1, Float64Array.of(64));
        const end = performance.now() + 5000;
        while (gpu.fault() === undefined && performance.now() < end);
        told.push(gpu.fault()?.kind, gpu.fault()?.kernel);
        const caught = (error) => told.push(error.code);
        const attempt = (call) => { try { call(); told.push('done'); } catch (e) { caught(e); } };
        attempt(() => gpu.synchronize(stream));
        attempt(() => gpu.allocate(64));
        told.push((await cudaDriver.attach(gpu.handle)).fault()?.kind);
        await gpu.close();
        attempt(() => gpu.createStream());
        await cudaDriver.open(0).then((g) => g.close(), caught);
        console.log(JSON.stringify(told));`;
      const options = { encoding: 'utf8', timeout: 20_000 } as const;
      const run = spawnSync(process.execPath, ['--input-type=module', '-e', program], options);
      assert.equal(run.status, 0, run.stderr);
      const told = JSON.parse(run.stdout) as unknown[];
      const wanted = [true, kind, name, code, code, kind, 'GPU_CLOSED', 'GPU_LOST_BEFORE'];
      assert.deepEqual(told, wanted);
    });

  it('a kernel that does not end is named when the GPU is closed, and goes with the process', () => {
    const program = `
        import { cudaKernel } from '${new URL('../../../testing/cuda-kernels.js', import.meta.url)}';
        import { cudaDriver } from '${new URL('./driver.js', import.meta.url)}';
        const gpu = await cudaDriver.open(0);
        const words = gpu.allocate(4096);
        const kernel = await gpu.load(cudaKernel('answer'));
        gpu.launch(gpu.createStream(), kernel, 1, Float64Array.of(words, words + 4));
        await gpu.close().catch((error) => console.log(error.code));`;
    const options = { encoding: 'utf8', timeout: 20_000 } as const;
    const run = spawnSync(process.execPath, ['--input-type=module', '-e', program], options);
    assert.deepEqual([run.status, run.stdout.trim()], [0, 'GPU_STUCK'], run.stderr);
  });

  it('a GPU that is given up is lost, and a process with a kernel on it ends as it says', () => {
    const program = `
        import { cudaKernel } from '${new URL('../../../testing/cuda-kernels.js', import.meta.url)}';
        import { cudaDriver } from '${new URL('./driver.js', import.meta.url)}';
        const gpu = await cudaDriver.open(0);
        const words = gpu.allocate(4096);
        const kernel = await gpu.load(cudaKernel('answer'));
        const stream = gpu.createStream();
        gpu.launch(stream, kernel, 1, Float64Array.of(words, words + 4));
        const attempt = (call) => { try { call(); } catch (e) { console.log(e.code); } };
        attempt(() => gpu.synchronize(stream, 20));
        gpu.abandon();
        attempt(() => gpu.synchronize(stream));
        await gpu.close().catch((error) => console.log(error.code));
        process.on('exit', (status) => console.log(status));
        process.exit(7);`;
    const options = { encoding: 'utf8', timeout: 20_000 } as const;
    const run = spawnSync(process.execPath, ['--input-type=module', '-e', program], options);
    const said = run.stdout.trim().split('\n');
    assert.deepEqual(said, ['GPU_STUCK', 'GPU_LAUNCH_FAILED', 'GPU_STUCK', '7'], run.stderr);
    assert.equal(run.status, 7);
  });
});
