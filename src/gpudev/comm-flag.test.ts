import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { windowAt } from '../memory/memory.js';
import { refused } from '../testing/errno.js';
import { kernel } from '../testing/gpudev-kernels.js';
import { PlainGpu } from '../testing/plain-gpu.js';
import { CommFlag, FlagType } from './comm-flag.js';
import { Device } from './device.js';
import { Compare } from './driver.js';

describe('comm flag', () => {
  let device: Device;
  before(async () => {
    device = await Device.open('software', { processors: 1 });
  });
  after(() => device.close());

  it('is 0 at first, then what was set last', () => {
    const flag = CommFlag.create(device);
    assert.equal(flag.get(), 0);
    for (const value of [25, 38, 0, 0x8000_0000, 0xffff_ffff]) {
      flag.set(value);
      assert.equal(flag.get(), value);
    }
    flag.destroy();
  });

  it('is heard and answered by a kernel', async () => {
    const { gpu } = device;
    const [question, answer] = [CommFlag.create(device), CommFlag.create(device)];
    const stream = gpu.createStream();
    const args = new Float64Array(8);
    args.set([question.deviceAddress, answer.deviceAddress]);
    gpu.launch(stream, await gpu.load(kernel('answerFlag')), 1, args);
    assert.equal(gpu.idle(stream), false);
    assert.equal(answer.get(), 0);
    question.set(21);
    gpu.synchronize(stream);
    assert.equal(answer.get(), 42);
    gpu.destroyStream(stream);
    question.destroy();
    answer.destroy();
  });

  it('is waited for and written by a stream', () => {
    const { gpu } = device;
    const flag = CommFlag.create(device);
    const stream = gpu.createStream();
    gpu.waitValue(stream, flag.deviceAddress, 25, Compare.EQ);
    gpu.writeValue(stream, flag.deviceAddress, 38);
    flag.set(25);
    gpu.synchronize(stream);
    assert.equal(flag.get(), 38);
    gpu.destroyStream(stream);
    flag.destroy();
  });

  it('is the same flag where another thread attaches it, but not its to destroy', () => {
    const flag = CommFlag.create(device);
    const there = CommFlag.attach(structuredClone(flag.share));
    there.set(7);
    assert.equal(flag.get(), 7);
    assert.equal(there.deviceAddress, flag.deviceAddress);
    refused(() => there.destroy(), 'ATTACHED_ONLY', 'EPERM');
    flag.destroy();
  });
});

describe('comm flag, on memory alone', () => {
  it('has the layout of rte_gpu_comm_flag, its word where the struct points', async () => {
    const device = Device.adopt('plain', new PlainGpu({ shift: 2 ** 40 }));
    device.addChild('second');
    const child = device.addChild('third');
    const flag = CommFlag.create(child);
    const view = new DataView(windowAt(flag.address, 4096).buffer);
    assert.equal(view.getUint16(0, true), child.id);
    assert.equal(Number(view.getBigUint64(8, true)), flag.wordAddress);
    assert.equal(view.getUint32(16, true), FlagType.CPU);
    flag.set(0xabcd_ef01);
    assert.equal(view.getUint32(flag.wordAddress - flag.address, true), 0xabcd_ef01);
    assert.equal(flag.deviceAddress, flag.wordAddress + 2 ** 40);
    await device.close();
  });

  it('EINVAL: a type, a value, a flag that is none', async () => {
    const device = Device.adopt('plain', new PlainGpu());
    refused(() => CommFlag.create(device, 1 as 0), 'DEVICE_ARGUMENT', 'EINVAL');
    const flag = CommFlag.create(device);
    for (const value of [-1, 2 ** 32, 0.5, Number.NaN])
      refused(() => flag.set(value), 'DEVICE_ARGUMENT', 'EINVAL');
    flag.destroy();
    refused(() => flag.destroy(), 'COMM_DESTROYED', 'EINVAL');
    refused(() => flag.set(1), 'COMM_DESTROYED', 'EINVAL');
    refused(() => flag.get(), 'COMM_DESTROYED', 'EINVAL');
    await device.close();
  });

  it('ENODEV, ENOMEM, EPERM: no device, no memory, a failing driver; all is undone', async () => {
    const closed = Device.adopt('closed', new PlainGpu());
    await closed.close();
    refused(() => CommFlag.create(closed), 'DEVICE_INVALID', 'ENODEV');
    const noMemory = Object.assign(new Error('none left'), { code: 'ENOMEM' });
    for (const [register, errno] of [
      [noMemory, 'ENOMEM'],
      [new Error('broken'), 'EPERM'],
    ] as const) {
      const gpu = new PlainGpu({ failing: { register } });
      const device = Device.adopt('failing', gpu);
      refused(() => CommFlag.create(device), 'DEVICE_DRIVER', errno);
      await device.close();
    }
    const failing = { unregister: new Error('broken') };
    const device = Device.adopt('failing', new PlainGpu({ failing }));
    const flag = CommFlag.create(device);
    refused(() => flag.destroy(), 'DEVICE_DRIVER', 'EPERM');
    assert.equal(flag.get(), 0);
    await device.close();
    refused(() => flag.get(), 'COMM_DESTROYED', 'EINVAL');
  });
});
