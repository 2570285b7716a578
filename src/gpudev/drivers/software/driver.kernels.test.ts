import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testKernel, wrappedKernel } from '../../../testing/kernels.js';
import { args, coded, onGpu } from '../../../testing/test-gpu.js';
import type { KernelSource } from '../../driver.js';

for (const processors of [1, 3]) {
  test(
    `${processors}: a wrapper is given the kernel it wraps`,
    onGpu(processors, async (t) => {
      const { gpu } = t;
      const kernel = await gpu.load(wrappedKernel('twice', 'scale'));
      const stream = gpu.createStream();
      gpu.launch(stream, kernel, 6, args(t.at(0), 2, 1));
      gpu.synchronize(stream);
      assert.deepEqual([...t.words.slice(0, 7)], [3, 3, 3, 3, 3, 3, 0]);
    }),
  );

  test(
    `${processors}: kernels load while others run, which go on afterwards`,
    onGpu(processors, async (t) => {
      const { gpu } = t;
      const answer = await t.kernel('answer');
      const blocks = processors;
      for (let i = 0; i < blocks; i++) {
        gpu.launch(gpu.createStream(), answer, 1, args(t.at(32 * i), t.at(32 * i + 16)));
      }
      const names = ['add', 'scale', 'number', 'touch'];
      const ids = await Promise.all(names.map((name) => t.kernel(name)));
      assert.equal(new Set([answer, ...ids]).size, names.length + 1);
      for (let i = 0; i < blocks; i++) {
        Atomics.store(t.words, 32 * i, 41);
        t.until(32 * i + 16, 42);
      }
      const stream = gpu.createStream();
      gpu.launch(stream, ids[0], 5, args(t.at(1), 2));
      gpu.launch(stream, ids[1], 1, args(t.at(1), 3, 1));
      gpu.synchronize(stream);
      assert.equal(t.words[1], 31);
    }),
  );

  test(
    `${processors}: what cannot be loaded says why, and the device stays well`,
    onGpu(processors, async (t) => {
      const { gpu } = t;
      const good = testKernel('add');
      const { module } = good.software as NonNullable<KernelSource['software']>;
      const software = (part: object): KernelSource => ({
        name: 'mine',
        software: { module, export: 'add', ...part },
      });
      const cases: [KernelSource, RegExp][] = [
        [software({ module: 'file:///nowhere/kernel.js' }), /mine cannot be loaded from .*nowhere/],
        [software({ module: 'no-such-package-of-kernels' }), /no-such-package-of-kernels/],
        [software({ module: 'data:text/javascript,syntax error' }), /cannot be loaded/],
        [software({ module: 'data:text/javascript,throw Error("no GPU")' }), /no GPU/],
        [software({ export: 'subtract' }), /no export subtract/],
        [software({ export: 'notKernel' }), /number, not a function/],
        [software({ export: 'notWrapper', wraps: { module, export: 'add' } }), /returned number/],
        [software({ export: 'twice', wraps: { module, export: 'none' } }), /no export none/],
      ];
      for (const [source, says] of cases) {
        await assert.rejects(gpu.load(source), coded('KERNEL_NOT_FOUND', says));
      }
      const cuda = { name: 'mine', cuda: { source: '', entry: '', threads: 1 } };
      await assert.rejects(gpu.load(cuda), coded('KERNEL_SIDE', /mine has no software side/));
      const add = await gpu.load(good);
      const stream = gpu.createStream();
      gpu.launch(stream, add, 1, args(t.at(0), 1));
      gpu.synchronize(stream);
      assert.equal(t.words[0], 1);
      // Numbers of what was not loaded are no kernels.
      for (let id = 0; id < add; id++) {
        assert.throws(() => gpu.launch(stream, id, 1, args()), coded('GPU_ARGUMENT', /no kernel/));
      }
    }),
  );
}

test(
  'a plain function that does not return delays loading, not the other multiprocessors',
  onGpu(2, async (t) => {
    const { gpu } = t;
    const occupy = await t.kernel('occupy');
    const add = await t.kernel('add');
    const [busy, stream] = [gpu.createStream(), gpu.createStream()];
    gpu.launch(busy, occupy, 1, args(t.at(0), t.at(1)));
    t.until(0, 1);
    // Streams go on: whoever runs the long kernel left the front end to the other.
    for (let i = 0; i < 100; i++) gpu.launch(stream, add, 2, args(t.at(2), 1));
    gpu.synchronize(stream);
    assert.equal(t.words[2], 200);
    assert.ok(!gpu.idle(busy));
    let loaded = false;
    const loading = t.kernel('scale').then(() => {
      loaded = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.ok(!loaded);
    Atomics.store(t.words, 1, 1);
    await loading;
    gpu.synchronize(busy);
  }),
);
