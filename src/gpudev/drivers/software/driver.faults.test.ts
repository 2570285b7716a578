import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ErrorCode } from '../../../errors.js';
import { native } from '../../../memory/native.js';
import { awkward, testKernel } from '../../../testing/kernels.js';
import { args, coded, onGpu, type TestGpu } from '../../../testing/test-gpu.js';
import { Compare } from '../../driver.js';

/** Every call of a lost device throws the fault; it can still be closed, which onGpu does. */
async function mustBeLost(t: TestGpu, stream: number, code: ErrorCode, says: RegExp) {
  const { gpu } = t;
  const lost = coded(code, says);
  const calls: (() => unknown)[] = [
    () => gpu.synchronize(stream),
    () => gpu.idle(stream),
    () => gpu.launch(stream, 0, 1, args()),
    () => gpu.waitValue(stream, t.at(0), 1, Compare.EQ),
    () => gpu.writeValue(stream, t.at(0), 1),
    () => gpu.copy(stream, t.at(0), t.at(1), 4),
    () => gpu.recordEvent(stream, 0),
    () => gpu.launchGraph(stream, 0),
    () => gpu.writeBarrier(),
    () => gpu.allocate(16),
    () => gpu.free(0),
    () => gpu.register(t.at(0), 16),
    () => gpu.unregister(t.at(0)),
    () => gpu.cpuMap(0, 16),
    () => gpu.cpuUnmap(0),
    () => gpu.createStream(),
    () => gpu.destroyStream(stream),
    () => gpu.createEvent(),
    () => gpu.destroyEvent(0),
    () => gpu.elapsed(0, 0),
    () => gpu.createGraph([]),
    () => gpu.destroyGraph(0),
  ];
  for (const call of calls) {
    assert.throws(call, lost, String(call));
  }
  await assert.rejects(gpu.load(testKernel('add')), lost);
}

for (const processors of [1, 2]) {
  test(
    `${processors}: a kernel that touches unknown memory loses the device`,
    onGpu(processors, async (t) => {
      const touch = await t.kernel('touch');
      const stream = t.gpu.createStream();
      assert.equal(t.gpu.fault(), undefined);
      t.gpu.launch(stream, touch, 4, args(0xdead0000));
      const says = /kernel touch met an illegal address: \[0xdead0000, \+4\)/;
      assert.throws(() => t.gpu.synchronize(stream), coded('GPU_ILLEGAL_ADDRESS', says));
      assert.deepEqual(t.gpu.fault(), {
        kind: 'illegal-address',
        message: '[0xdead0000, +4) is in no allocation or registration',
        kernel: 'touch',
      });
      await mustBeLost(t, stream, 'GPU_ILLEGAL_ADDRESS', says);
    }),
  );

  test(
    `${processors}: a kernel that throws loses the device, in one line`,
    onGpu(processors, async (t) => {
      const explode = await t.kernel('explode');
      const stream = t.gpu.createStream();
      t.gpu.launch(stream, explode, 1, args());
      const says =
        /^warpline: GPU_LAUNCH_FAILED: .*kernel explode failed: the packet has no header/;
      assert.throws(() => t.gpu.synchronize(stream), coded('GPU_LAUNCH_FAILED', says));
      assert.equal(t.gpu.fault()?.kind, 'launch-failure');
      await mustBeLost(t, stream, 'GPU_LAUNCH_FAILED', says);
    }),
  );

  test(
    `${processors}: a fault stops all blocks, and the first one stays`,
    onGpu(processors, async (t) => {
      const { gpu } = t;
      const tick = await t.kernel('tick');
      const explode = await t.kernel('explode');
      const blocks = 8;
      const ticks = () => [...t.words.slice(0, blocks)];
      gpu.launch(gpu.createStream(), tick, blocks, args(t.at(0)));
      while (ticks().includes(0)) native.lcoreYield();
      const stream = gpu.createStream();
      gpu.waitValue(stream, t.at(100), 1, Compare.EQ);
      gpu.writeValue(stream, t.at(101), 1);
      const bad = gpu.createStream();
      gpu.launch(bad, explode, 1, args());
      assert.throws(() => gpu.synchronize(bad), coded('GPU_LAUNCH_FAILED'));
      // Another multiprocessor may be inside a round: this ends only when all have stopped, which a
      // single look could mistake for a thread that has no CPU at the moment.
      for (let still = 0, before = ''; still < 20; native.lcoreSleep(5000)) {
        still = ticks().join() === before ? still + 1 : 0;
        before = ticks().join();
      }
      Atomics.store(t.words, 100, 1);
      const fault = gpu.fault();
      await gpu.close();
      assert.equal(t.words[101], 0, 'the stream went on');
      assert.equal(gpu.fault(), fault);
    }),
  );
}

const unknownAddresses: [string, (t: TestGpu, stream: number) => void][] = [
  ['waitValue', ({ gpu }, s) => gpu.waitValue(s, 4096, 1, Compare.EQ)],
  ['writeValue', ({ gpu }, s) => gpu.writeValue(s, gpu.allocate(16) + 16, 1)],
  ['copy', (t, s) => t.gpu.copy(s, 4096, t.at(0), 8)],
  ['copy', (t, s) => t.gpu.copy(s, t.at(0), t.gpu.allocate(16), 17)],
  [
    'writeValue',
    (t, s) => {
      const nodes = [{ type: 'write', after: [], address: 4096, value: 1 }] as const;
      t.gpu.launchGraph(s, t.gpu.createGraph(nodes));
    },
  ],
];
unknownAddresses.forEach(([call, submit], i) => {
  test(
    `${call} of an unknown address loses the device (${i})`,
    onGpu(1, async (t) => {
      const stream = t.gpu.createStream();
      submit(t, stream);
      const says = new RegExp(`the device met an illegal address: ${call}: \\[0x[0-9a-f]+, \\+`);
      assert.throws(() => t.gpu.synchronize(stream), coded('GPU_ILLEGAL_ADDRESS', says));
      assert.equal(t.gpu.fault()?.kernel, undefined);
      await mustBeLost(t, stream, 'GPU_ILLEGAL_ADDRESS', says);
    }),
  );
});

const failures: [string, RegExp, ((t: TestGpu) => number)?][] = [
  ['overrun', /RangeError/, (t) => t.gpu.allocate(100)],
  ['leave', /multiprocessor 0 ended/],
  ['promise', /returns nothing, or is a generator/],
];
for (const [name, says, address] of failures) {
  test(
    `kernel ${name} is a launch failure`,
    onGpu(1, async (t) => {
      const kernel = await t.kernel(name);
      const stream = t.gpu.createStream();
      t.gpu.launch(stream, kernel, 1, args(address?.(t) ?? 0));
      assert.throws(() => t.gpu.synchronize(stream), coded('GPU_LAUNCH_FAILED', says));
    }),
  );
}

test(
  'memory taken back under a running kernel: its old view fails, asking anew is illegal',
  onGpu(1, async (t) => {
    const { gpu } = t;
    const clutch = await t.kernel('clutch');
    const stream = gpu.createStream();
    const address = gpu.allocate(64);
    gpu.launch(stream, clutch, 1, args(t.at(0), address));
    t.until(0, 1);
    gpu.free(address);
    const says = /kernel clutch failed: TypeError: .*detached/;
    assert.throws(() => gpu.synchronize(stream), coded('GPU_LAUNCH_FAILED', says));
  }),
);

test(
  'a kernel that asks for freed memory again meets an illegal address',
  onGpu(1, async (t) => {
    const { gpu } = t;
    const revisit = await t.kernel('revisit');
    const stream = gpu.createStream();
    const address = gpu.allocate(64);
    gpu.launch(stream, revisit, 1, args(t.at(0), address));
    t.until(0, 1);
    gpu.free(address);
    assert.throws(() => gpu.synchronize(stream), coded('GPU_ILLEGAL_ADDRESS', /kernel revisit/));
  }),
);

test(
  'a fault is told in full up to some length, whatever is in it',
  onGpu(1, async (t) => {
    const kernel = await t.gpu.load({
      ...testKernel('throwLong'),
      name: `${'k'.repeat(5000)}"\u0001`,
    });
    const stream = t.gpu.createStream();
    t.gpu.launch(stream, kernel, 1, args());
    assert.throws(() => t.gpu.synchronize(stream), coded('GPU_LAUNCH_FAILED', /kernel k+ failed/));
    const message = t.gpu.fault()?.message ?? '';
    assert.ok(message.length > 200);
    assert.ok(awkward.repeat(10_000).startsWith(message));
  }),
);

for (const processors of [1, 2]) {
  test(
    `${processors}: a device that is given up is lost, whatever still runs there`,
    onGpu(processors, async (t) => {
      const { gpu } = t;
      const stream = gpu.createStream();
      gpu.launch(stream, await t.kernel('spin'), 1, args(t.at(0)));
      t.until(0, 1);
      assert.throws(() => gpu.synchronize(stream, 20), coded('GPU_STUCK'));
      assert.equal(gpu.fault(), undefined, 'to wait in vain is no fault');
      gpu.abandon();
      await mustBeLost(t, stream, 'GPU_LAUNCH_FAILED', /does not end/);
    }),
  );
}
