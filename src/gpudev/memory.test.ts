import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { HostMemory, windowAt } from '../memory/memory.js';
import { refused, rejected } from '../testing/errno.js';
import { kernel } from '../testing/gpudev-kernels.js';
import { PlainGpu } from '../testing/plain-gpu.js';
import { Device } from './device.js';
import type { KernelId, StreamId } from './driver.js';
import { allocateHost, hex, NULL } from './memory.js';

/** The memory tests of DPDK's app/test-gpudev, on a device whose kernels touch the memory. */
describe('memory of the software device', () => {
  let device: Device;
  let stream: StreamId;
  let addOne: KernelId;
  const bytes = 1024;

  before(async () => {
    device = await Device.open('software', { processors: 1 });
    stream = device.gpu.createStream();
    addOne = await device.gpu.load(kernel('addOne'));
  });
  after(() => device.close());

  function run(from: number, to: number): void {
    const args = new Float64Array(8);
    args.set([from, to, bytes]);
    device.gpu.launch(stream, addOne, 1, args);
    device.gpu.synchronize(stream);
  }

  it('allocates, aligned as asked, zeroed, and refuses to free what it did not give', () => {
    const one = device.allocate(bytes);
    for (const align of [1, 2, 64, 4096, 65536, 2 ** 20]) {
      const two = device.allocate(bytes, align);
      assert.equal(two % align, 0, `${hex(two)} is not a multiple of ${align}`);
      device.free(two);
      refused(() => device.free(two), 'MEMORY_UNKNOWN', 'EPERM');
    }
    refused(() => device.free(one + 0x700), 'MEMORY_UNKNOWN', 'EPERM');
    const host = new HostMemory(bytes);
    device.register(host.address, bytes);
    refused(() => device.free(host.address), 'MEMORY_UNKNOWN', 'EPERM');
    host.window.u8.fill(7);
    run(one, host.address);
    assert.ok(host.window.u8.subarray(0, bytes).every((byte) => byte === 1));
    device.unregister(host.address);
    host.release();
    device.free(one);
  });

  it('registers host memory, which kernels then read and write', () => {
    const host = new HostMemory(2 * bytes);
    const seen = device.register(host.address, 2 * bytes);
    const { u8 } = host.window;
    for (let i = 0; i < bytes; i++) u8[i] = i;
    run(seen, seen + bytes);
    for (let i = 0; i < bytes; i++) assert.equal(u8[bytes + i], (i + 1) & 0xff);
    refused(() => device.unregister(host.address + 0x700), 'MEMORY_UNKNOWN', 'EPERM');
    device.unregister(host.address);
    refused(() => device.unregister(host.address), 'MEMORY_UNKNOWN', 'EPERM');
    host.release();
  });

  it('maps device memory for the CPU, whose writes kernels see', () => {
    const address = device.allocate(2 * bytes, 4096);
    const cpu = device.cpuMap(address, 2 * bytes);
    const { u8 } = windowAt(cpu, 2 * bytes);
    u8.set([4, 5, 6]);
    device.writeBarrier();
    run(address, address + bytes);
    assert.deepEqual([...u8.subarray(0, 4)], [4, 5, 6, 0]);
    assert.deepEqual([...u8.subarray(bytes, bytes + 4)], [5, 6, 7, 1]);
    refused(() => device.free(address), 'MEMORY_MAPPED', 'EPERM');
    refused(() => device.cpuMap(address, bytes), 'MEMORY_MAPPED', 'EPERM');
    // The header says the GPU's pointer; DPDK's own test hands over the CPU's.
    if (cpu !== address) refused(() => device.cpuUnmap(cpu), 'MEMORY_UNKNOWN', 'EPERM');
    device.cpuUnmap(address);
    refused(() => device.cpuUnmap(address), 'MEMORY_UNKNOWN', 'EPERM');
    device.free(address);
  });

  it('ENOMEM: no such piece of device memory is left', () => {
    const all = device.allocate(device.info.totalMemory);
    refused(() => device.allocate(1), 'GPU_OUT_OF_MEMORY', 'ENOMEM');
    device.free(all);
    device.free(device.allocate(1));
  });

  it('EPERM: host memory that is registered already, by whichever device of the GPU', () => {
    const host = new HostMemory(bytes);
    const child = device.addChild('child');
    device.register(host.address, bytes);
    for (const d of [device, child])
      refused(() => d.register(host.address + 64, 64), 'GPU_ARGUMENT', 'EPERM');
    refused(() => child.unregister(host.address), 'MEMORY_UNKNOWN', 'EPERM');
    device.unregister(host.address);
    child.register(host.address, bytes);
    child.unregister(host.address);
    host.release();
  });

  it('EPERM: the device is lost, which every call says in the words of the fault', async () => {
    const lost = await Device.open('software', { processors: 1 });
    const address = lost.allocate(bytes);
    const { gpu } = lost;
    const writer = gpu.createStream();
    gpu.writeValue(writer, address + bytes, 1);
    assert.throws(() => gpu.synchronize(writer));
    const host = new HostMemory(bytes);
    for (const call of [
      () => lost.allocate(bytes),
      () => lost.free(address),
      () => lost.register(host.address, bytes),
      () => lost.cpuMap(address, bytes),
    ]) {
      const { message } = refused(call, 'GPU_ILLEGAL_ADDRESS', 'EPERM');
      assert.ok(message.includes(hex(address + bytes)), message);
    }
    host.release();
    await lost.close();
  });

  it('gives everything back when it closes', async () => {
    const other = await Device.open('software', { processors: 1 });
    const host = new HostMemory(bytes);
    other.cpuMap(other.allocate(bytes), bytes);
    other.register(host.address, bytes);
    await other.close();
    const again = await Device.open('software', { processors: 1 });
    again.register(host.address, bytes);
    await again.close();
    host.release();
  });
});

describe('arguments', () => {
  const gpu = new PlainGpu();
  let device: Device;
  before(() => {
    device = Device.adopt('plain', gpu);
  });
  after(() => device.close());

  it('asking for nothing is no error and does nothing', () => {
    assert.equal(device.allocate(0), NULL);
    assert.equal(device.allocate(0, 3), NULL);
    assert.equal(device.register(NULL, 64), NULL);
    assert.equal(device.register(4096, 0), NULL);
    assert.equal(device.cpuMap(NULL, 64), NULL);
    assert.equal(device.cpuMap(4096, 0), NULL);
    device.free(NULL);
    device.unregister(NULL);
    device.cpuUnmap(NULL);
    assert.deepEqual([gpu.allocated.size, gpu.registered.size, gpu.mapped.size], [0, 0, 0]);
  });

  it('EINVAL: an alignment that is no power of two', () => {
    for (const align of [3, 6, 4095, 0.5, -4, Number.NaN, 2 ** 33 + 1])
      refused(() => device.allocate(64, align), 'DEVICE_ARGUMENT', 'EINVAL');
  });

  it('EINVAL: a size that is none', () => {
    for (const bytes of [-1, 1.5, Number.NaN, 2 ** 53])
      for (const call of [
        () => device.allocate(bytes),
        () => device.register(4096, bytes),
        () => device.cpuMap(4096, bytes),
      ])
        refused(call, 'DEVICE_ARGUMENT', 'EINVAL');
  });

  it('E2BIG: more than the device has, or than was allocated', () => {
    refused(() => device.allocate(device.info.totalMemory + 1), 'DEVICE_ARGUMENT', 'E2BIG');
    const address = device.allocate(64);
    refused(() => device.cpuMap(address, 65), 'DEVICE_ARGUMENT', 'E2BIG');
    device.free(address);
  });

  it('ENOMEM: no such piece of host memory', () => {
    refused(() => allocateHost(2 ** 48), 'HOST_MEMORY', 'ENOMEM');
  });

  it('ENOTSUP: a GPU whose memory the CPU cannot map', async () => {
    const blind = Device.adopt('blind', new PlainGpu({ cpuMappable: false }));
    const address = blind.allocate(64);
    const error = refused(() => blind.cpuMap(address, 64), 'DEVICE_UNSUPPORTED', 'ENOTSUP');
    assert.equal(error.exit, 2);
    refused(() => blind.cpuUnmap(address), 'DEVICE_UNSUPPORTED', 'ENOTSUP');
    await blind.close();
  });

  it('ENOTSUP: memory that was not allocated to be mapped, unless device memory is host memory', async () => {
    const remote = Device.adopt('remote', new PlainGpu({ integrated: false }));
    const [plain, mappable] = [remote.allocate(64), remote.allocate(64, 0, { mappable: true })];
    const { message } = refused(() => remote.cpuMap(plain, 64), 'DEVICE_UNSUPPORTED', 'ENOTSUP');
    assert.ok(message.includes(hex(plain)), message);
    remote.cpuMap(mappable, 64);
    refused(() => remote.cpuMap(mappable, 64), 'MEMORY_MAPPED', 'EPERM');
    await remote.close();
    const integrated = Device.adopt('integrated', new PlainGpu());
    integrated.cpuMap(integrated.allocate(64), 64);
    await integrated.close();
  });

  it('asks the GPU whether its memory can be mapped when somebody wants to know, not before', async () => {
    const slow = new PlainGpu();
    let asked = 0;
    Object.defineProperty(slow.info, 'cpuMappable', {
      enumerable: true,
      get: () => ++asked > 0,
    });
    const late = Device.adopt('late', slow);
    late.allocate(64);
    assert.deepEqual([late.info.device, late.info.driver, asked], ['late', 'plain', 0]);
    assert.deepEqual([late.info.cpuMappable, asked], [true, 1]);
    await late.close();
  });

  it('EPERM, ENOMEM or E2BIG: the driver failed, with its own words', async () => {
    const errors = [
      [new Error('broken'), 'EPERM'],
      [Object.assign(new Error('broken'), { code: 'EIO' }), 'EPERM'],
      [Object.assign(new Error('broken'), { code: 'ENOMEM' }), 'ENOMEM'],
      [Object.assign(new Error('broken'), { code: 'E2BIG' }), 'E2BIG'],
    ] as const;
    for (const [error, errno] of errors) {
      const failing = { allocate: error, register: error };
      const bad = Device.adopt('bad', new PlainGpu({ failing }));
      for (const call of [() => bad.allocate(64), () => bad.register(4096, 64)])
        assert.match(refused(call, 'DEVICE_DRIVER', errno).message, /broken/);
      await bad.close();
    }
  });

  it('EPERM: the driver failed to take back; the memory is still known', async () => {
    const failing: Record<string, Error> = {};
    const bad = Device.adopt('bad', new PlainGpu({ failing }));
    const child = bad.addChild('child');
    const address = child.allocate(64);
    child.register(4096, 64);
    child.cpuMap(address, 64);
    const calls = {
      cpuUnmap: () => child.cpuUnmap(address),
      free: () => child.free(address),
      unregister: () => child.unregister(4096),
    };
    for (const [name, call] of Object.entries(calls)) {
      failing[name] = new Error('broken');
      refused(call, 'DEVICE_DRIVER', 'EPERM');
      delete failing[name];
      if (name === 'cpuUnmap') call();
    }
    failing.free = new Error('broken');
    await rejected(child.close(), 'DEVICE_DRIVER', 'EPERM');
    assert.equal((bad.gpu as PlainGpu).registered.size, 0);
    await bad.close();
  });
});
