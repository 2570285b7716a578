import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HostMemory, windowAt } from '../../../memory/memory.js';
import { args, coded, onGpu } from '../../../testing/test-gpu.js';
import { DEVICE_BASE } from './arena.js';
import { SPANS_MAX } from './board.js';

test(
  'allocations are aligned, apart, and not addresses of the CPU',
  onGpu(1, ({ gpu }) => {
    const starts: number[] = [];
    for (let align = 1; align <= 1 << 20; align *= 2) {
      const address = gpu.allocate(100, align);
      assert.equal(address % align, 0);
      starts.push(address);
    }
    assert.equal(gpu.allocate(1) % 256, 0);
    starts.sort((a, b) => a - b);
    for (let i = 1; i < starts.length; i++) assert.ok(starts[i] - starts[i - 1] >= 100);
    assert.ok(starts[0] >= DEVICE_BASE && DEVICE_BASE > 2 ** 47);
    // rte_extmem_register looks at the CPU's address: a page there is a page here.
    const page = gpu.allocate(gpu.info.pageSize, gpu.info.pageSize);
    assert.equal(gpu.cpuMap(page, gpu.info.pageSize) % gpu.info.pageSize, 0);
  }),
);

test(
  'memory is zero each time it is given out',
  onGpu(1, ({ gpu }) => {
    for (let round = 0; round < 3; round++) {
      const address = gpu.allocate(1000);
      const bytes = windowAt(gpu.cpuMap(address, 1000), 1000).u8;
      assert.ok(bytes.subarray(0, 1000).every((byte) => byte === 0));
      bytes.fill(0xff, 0, 1000);
      gpu.free(address);
    }
  }),
);

test(
  'allocate refuses what it cannot give',
  onGpu(1, ({ gpu }) => {
    for (const bytes of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.throws(() => gpu.allocate(bytes), coded('GPU_ARGUMENT', /cannot be allocated/));
    }
    for (const align of [3, -2, 1 << 21, 0.5, Number.NaN]) {
      assert.throws(() => gpu.allocate(8, align), coded('GPU_ARGUMENT', /power of two/));
    }
    const { totalMemory } = gpu.info;
    assert.throws(() => gpu.allocate(totalMemory + 1), coded('GPU_OUT_OF_MEMORY'));
    const all = gpu.allocate(totalMemory);
    assert.throws(() => gpu.allocate(1), coded('GPU_OUT_OF_MEMORY', / 0 of 1073741824 are free/));
    gpu.free(all);
    gpu.allocate(1 << 20);
  }),
);

test(
  'free refuses addresses that are not an allocation, or not any more',
  onGpu(1, (t) => {
    const { gpu } = t;
    const address = gpu.allocate(4096);
    const unknown = coded('GPU_UNKNOWN_ADDRESS', /free of 0x[0-9a-f]+: no allocation/);
    for (const wrong of [0, address + 16, address - 256, t.at(0)]) {
      assert.throws(() => gpu.free(wrong), unknown);
    }
    gpu.free(address);
    assert.throws(() => gpu.free(address), unknown);
  }),
);

test(
  'host memory is reached at its own address once registered',
  onGpu(1, async (t) => {
    const { gpu } = t;
    const memory = new HostMemory(8192);
    const scale = await t.kernel('scale');
    const stream = gpu.createStream();
    assert.equal(gpu.register(memory.address, 8192), memory.address);
    memory.window.i32[2047] = 20;
    gpu.launch(stream, scale, 1, args(memory.address + 8188, 2, 1));
    gpu.synchronize(stream);
    assert.equal(memory.window.i32[2047], 41);
    gpu.unregister(memory.address);
    memory.release();
  }),
);

test(
  'register refuses what is there already, or is no memory of this process',
  onGpu(1, (t) => {
    const { gpu } = t;
    const memory = new HostMemory(16384);
    const { address } = memory;
    gpu.register(address + 4096, 4096);
    const twice = coded('GPU_ARGUMENT', /registered already/);
    assert.throws(() => gpu.register(address + 4096, 4096), twice);
    assert.throws(() => gpu.register(address, 4104), twice);
    assert.throws(() => gpu.register(address + 8184, 16), twice);
    gpu.register(address, 4096);
    gpu.register(address + 8192, 8);
    for (const bytes of [0, -8, 0.5, 2 ** 33]) {
      assert.throws(() => gpu.register(address + 12288, bytes), coded('GPU_ARGUMENT', /bytes/));
    }
    const foreign = coded('GPU_ARGUMENT', /not all memory of this process/);
    for (const wrong of [0, 4096, 2 ** 47, gpu.allocate(64)]) {
      assert.throws(() => gpu.register(wrong, 64), foreign);
    }
    assert.throws(() => gpu.register(address + 12290, 4), coded('GPU_ARGUMENT', /multiple of 8/));
    gpu.unregister(address + 4096);
    gpu.unregister(address);
    const unknown = coded('GPU_UNKNOWN_ADDRESS', /no registration begins there/);
    for (const wrong of [address, address + 8200, gpu.allocate(64), 0]) {
      assert.throws(() => gpu.unregister(wrong), unknown);
    }
    gpu.register(address, 8192);
    gpu.unregister(address);
    gpu.unregister(address + 8192);
    memory.release();
    // The kernel has unmapped it: what pins pages would find that out.
    assert.throws(() => gpu.register(address, 16384), foreign);
  }),
);

test(
  'the CPU sees device memory where it is mapped',
  onGpu(1, (t) => {
    const { gpu } = t;
    const stream = gpu.createStream();
    const address = gpu.allocate(4096);
    const cpu = gpu.cpuMap(address, 4096);
    assert.notEqual(cpu, address);
    gpu.writeValue(stream, address + 128, 77);
    gpu.synchronize(stream);
    const window = windowAt(cpu, 4096);
    assert.equal(window.i32[32], 77);
    window.i32[33] = 78;
    gpu.writeBarrier();
    gpu.copy(stream, t.at(0), address + 132, 4);
    gpu.synchronize(stream);
    assert.equal(t.words[0], 78);
    assert.equal(gpu.cpuMap(address + 64, 8), cpu + 64);
    gpu.cpuUnmap(address + 64);
    gpu.cpuUnmap(address);
    assert.throws(() => gpu.cpuUnmap(address), coded('GPU_UNKNOWN_ADDRESS', /not mapped/));
    const unknown = coded('GPU_UNKNOWN_ADDRESS', /no allocation holds/);
    assert.throws(() => gpu.cpuMap(address, 4097), unknown);
    assert.throws(() => gpu.cpuMap(address - 8, 16), unknown);
    assert.throws(() => gpu.cpuMap(address, 0), unknown);
    assert.throws(() => gpu.cpuMap(t.at(0), 64), unknown);
    gpu.cpuMap(address + 8, 8);
    gpu.free(address);
    assert.throws(() => gpu.cpuMap(address, 8), unknown);
    assert.throws(() => gpu.cpuUnmap(address + 8), coded('GPU_UNKNOWN_ADDRESS'));
  }),
);

test(
  'kernels reach every span by the two words of an address',
  onGpu(2, async (t) => {
    const { gpu } = t;
    const store = await t.kernel('storeByWords');
    const stream = gpu.createStream();
    const addresses = Array.from({ length: 40 }, (_, i) => gpu.allocate(64 + 4 * i, 64));
    addresses.push(t.at(100));
    addresses.forEach((address, i) => {
      const high = Math.floor(address / 2 ** 32);
      gpu.launch(stream, store, 1, args(address % 2 ** 32, high, i + 1));
    });
    addresses.forEach((address, i) => {
      gpu.copy(stream, t.at(i), address, 4);
    });
    gpu.synchronize(stream);
    assert.deepEqual(
      [...t.words.slice(0, addresses.length)],
      addresses.map((_, i) => i + 1),
    );
  }),
);

test(
  'a persistent kernel learns of memory that is registered while it runs, and lets go of it',
  onGpu(2, async (t) => {
    const { gpu } = t;
    const add = await t.kernel('add');
    const stay = await t.kernel('arrive');
    const [background, stream] = [gpu.createStream(), gpu.createStream()];
    gpu.launch(background, stay, 2, args(t.at(0), t.at(1)));
    for (let round = 1; round <= 50; round++) {
      const memory = new HostMemory(4096);
      gpu.register(memory.address, 4096);
      gpu.launch(stream, add, 4, args(memory.address + 4092, round));
      gpu.synchronize(stream);
      assert.equal(memory.window.i32[1023], 4 * round);
      gpu.unregister(memory.address);
      // Unmapped at once: a view that was left open would end the process.
      memory.release();
    }
    assert.equal(gpu.fault(), undefined);
    Atomics.store(t.words, 1, 1);
    gpu.synchronize(background);
  }),
);

test(
  'memory a plain function holds and does not return from is busy, and stays usable',
  onGpu(1, async (t) => {
    const { gpu } = t;
    const occupy = await t.kernel('occupy');
    const stream = gpu.createStream();
    const gate = gpu.allocate(64);
    gpu.launch(stream, occupy, 1, args(t.at(0), gate));
    t.until(0, 1);
    assert.throws(() => gpu.free(gate), coded('GPU_MEMORY_BUSY', /does not return/));
    Atomics.store(windowAt(gpu.cpuMap(gate, 64), 64).i32, 0, 1);
    gpu.synchronize(stream);
    gpu.free(gate);
  }),
);

test(
  'as many spans as the table has, then an error, then room again',
  onGpu(1, ({ gpu }) => {
    const addresses = Array.from({ length: SPANS_MAX - 1 }, () => gpu.allocate(16, 16));
    assert.throws(() => gpu.allocate(16), coded('GPU_OUT_OF_RESOURCES', /spans of memory/));
    gpu.free(addresses[100]);
    gpu.allocate(16);
  }),
);
