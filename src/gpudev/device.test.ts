import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { WarplineError } from '../errors.js';
import { refused, rejected } from '../testing/errno.js';
import { PlainGpu } from '../testing/plain-gpu.js';
import { CommFlag } from './comm-flag.js';
import { DEFAULT_MAX, Device } from './device.js';
import { ANY_DATA, DeviceEvent, ID_ANY, ID_NONE } from './device-events.js';

const { NEW, DEL } = DeviceEvent;

afterEach(async () => {
  for (const device of Device.each(ID_NONE)) await device.close().catch(() => {});
  assert.equal(Device.countAvailable(), 0);
});

describe('opening', () => {
  it('lists the software GPU, with the spec that opens it', () => {
    const software = Device.list().find((gpu) => gpu.driver === 'software');
    assert.equal(software?.spec, 'software');
    assert.equal(software.index, 0);
  });

  it('opens what it lists, and tells rte_gpu_info', async () => {
    const device = await Device.open('software', { processors: 1 });
    assert.equal(device.name, 'software');
    const { id, parent, context, driver, processorCount, totalMemory, pageSize } = device.info;
    assert.deepEqual([id, parent, context, driver], [device.id, ID_NONE, 0, 'software']);
    assert.equal(processorCount, 1);
    assert.ok(totalMemory > 0 && pageSize >= 4096);
    assert.equal(device.attached, false);
  });

  it('takes the first GPU there is when none is named', async () => {
    const device = await Device.open(undefined, { processors: 1 });
    assert.equal(device.name, Device.list()[0].spec);
  });

  it('gives a second opening of the software GPU a name and an id of its own', async () => {
    const one = await Device.open('software', { processors: 1 });
    const two = await Device.open('software:0', { processors: 1 });
    assert.deepEqual([one.name, two.name], ['software', 'software#1']);
    assert.notEqual(one.id, two.id);
    assert.notEqual(one.gpu, two.gpu);
  });

  for (const spec of [
    'cuda:99',
    'software:1',
    'Software',
    'gpu',
    '',
    'software:',
    'software:-1',
    'x y',
  ])
    it(`refuses "${spec}", saying what there is`, async () => {
      const error = await rejected(Device.open(spec), 'DEVICE_UNKNOWN');
      assert.equal(error.exit, 2);
      assert.ok(error.message.includes(`"${spec}"`), error.message);
      assert.match(error.message, /Choose one of: .*software\.$/);
    });
});

describe('ids', () => {
  it('are the lowest free ones, and valid as long as the device is open', async () => {
    const [a, b, c] = ['a', 'b', 'c'].map((name) => Device.adopt(name, new PlainGpu()));
    assert.deepEqual([a.id, b.id, c.id], [0, 1, 2]);
    await b.close();
    assert.deepEqual([0, 1, 2, 3, -1].map(Device.isValid), [true, false, true, false, false]);
    assert.equal(Device.countAvailable(), 2);
    assert.equal(Device.adopt('d', new PlainGpu()).id, 1);
    assert.equal(Device.get(2), c);
  });

  it('ENODEV: there is no such device', async () => {
    refused(() => Device.get(0), 'DEVICE_INVALID', 'ENODEV');
    refused(() => Device.get(-1), 'DEVICE_INVALID', 'ENODEV');
    const device = Device.adopt('gone', new PlainGpu());
    await device.close();
    for (const call of [
      () => device.addChild('child'),
      () => device.allocate(64),
      () => device.free(64),
      () => device.register(64, 64),
      () => device.unregister(64),
      () => device.cpuMap(64, 64),
      () => device.cpuUnmap(64),
      () => device.writeBarrier(),
    ])
      refused(call, 'DEVICE_INVALID', 'ENODEV');
    await rejected(device.close(), 'DEVICE_INVALID', 'ENODEV');
  });

  it('are walked with a filter on the parent', () => {
    const a = Device.adopt('a', new PlainGpu());
    const a1 = a.addChild('a1');
    const b = Device.adopt('b', new PlainGpu());
    const a2 = a.addChild('a2');
    const ids = (parent?: number) => [...Device.each(parent)].map((d) => d.id);
    assert.deepEqual(ids(), [a.id, a1.id, b.id, a2.id]);
    assert.deepEqual(ids(ID_ANY), ids());
    assert.deepEqual(ids(ID_NONE), [a.id, b.id]);
    assert.deepEqual(ids(a.id), [a1.id, a2.id]);
    assert.deepEqual(ids(b.id), []);
    assert.equal(Device.findNext(a1.id + 1, a.id), a2.id);
    assert.equal(Device.findNext(-7), a.id);
    assert.equal(Device.findNext(99), ID_NONE);
  });

  it('ENOENT: too many devices; nothing stays behind of the one too many', async () => {
    const parent = Device.adopt('parent', new PlainGpu());
    for (let n = 1; n < DEFAULT_MAX; n++) parent.addChild(`child ${n}`);
    refused(() => parent.addChild('one more'), 'DEVICE_LIMIT', 'ENOENT');
    refused(() => Device.adopt('one more', new PlainGpu()), 'DEVICE_LIMIT', 'ENOENT');
    await rejected(Device.open('software'), 'DEVICE_LIMIT', 'ENOENT');
    assert.equal(Device.countAvailable(), DEFAULT_MAX);
  });

  it('init: EINVAL for a bad number, EBUSY once there was a device', () => {
    for (const max of [0, -1, 1.5, 32768, Number.NaN])
      refused(() => Device.init(max), 'DEVICE_ARGUMENT', 'EINVAL');
    refused(() => Device.init(64), 'DEVICE_ARGUMENT', 'EBUSY');
  });

  it('init sets how many there may be, where it comes first', async () => {
    const [told] = await inWorker(`
      const { Device } = await import(${JSON.stringify(new URL('./device.js', import.meta.url))});
      const { PlainGpu } = await import(
        ${JSON.stringify(new URL('../testing/plain-gpu.js', import.meta.url))});
      const tell = (run) => { try { run(); return 'done'; } catch (e) { return e.details.errno; } };
      const told = [() => Device.init(2), () => Device.init(3)].map(tell);
      for (const name of ['a', 'b', 'c'])
        told.push(tell(() => Device.adopt(name, new PlainGpu())));
      parentPort.postMessage(told);`);
    assert.deepEqual(told, ['done', 'EBUSY', 'done', 'done', 'ENOENT']);
  });
});

describe('children', () => {
  it('keep their context and share the parent GPU', () => {
    const parent = Device.adopt('parent', new PlainGpu());
    const child = parent.addChild('child', 0xdead_beef_00);
    assert.deepEqual(
      [child.info.parent, child.info.context, child.info.device, child.gpu],
      [parent.id, 0xdead_beef_00, 'child', parent.gpu],
    );
    assert.equal(child.info.totalMemory, parent.info.totalMemory);
  });

  it('EINVAL, ENAMETOOLONG, EEXIST: the name; EINVAL: the context', () => {
    const parent = Device.adopt('parent', new PlainGpu());
    refused(() => parent.addChild(''), 'DEVICE_NAME', 'EINVAL');
    refused(() => parent.addChild('x'.repeat(64)), 'DEVICE_NAME', 'ENAMETOOLONG');
    refused(() => parent.addChild('é'.repeat(32)), 'DEVICE_NAME', 'ENAMETOOLONG');
    refused(() => parent.addChild('parent'), 'DEVICE_NAME', 'EEXIST');
    refused(() => Device.adopt('parent', new PlainGpu()), 'DEVICE_NAME', 'EEXIST');
    for (const context of [-1, 0.5, 2 ** 53])
      refused(() => parent.addChild('child', context), 'DEVICE_ARGUMENT', 'EINVAL');
    assert.equal(parent.addChild('x'.repeat(63)).name.length, 63);
  });

  it('have memory of their own, which goes with them', async () => {
    const gpu = new PlainGpu();
    const parent = Device.adopt('parent', gpu);
    const child = parent.addChild('child');
    const kept = parent.allocate(64);
    const gone = child.allocate(64);
    child.cpuMap(gone, 64);
    const flag = CommFlag.create(child);
    refused(() => parent.free(gone), 'MEMORY_UNKNOWN', 'EPERM');
    await child.close();
    assert.deepEqual([...gpu.allocated.keys()], [kept]);
    assert.deepEqual([gpu.mapped.size, gpu.registered.size, gpu.closed], [0, 0, 0]);
    refused(() => flag.get(), 'COMM_DESTROYED', 'EINVAL');
    parent.free(kept);
  });

  it('close before their parent, and the GPU closes once', async () => {
    const gpu = new PlainGpu();
    const parent = Device.adopt('parent', gpu);
    const child = parent.addChild('child');
    const grandchild = child.addChild('grandchild');
    const told: string[] = [];
    Device.registerCallback(ID_ANY, DEL, (id) => told.push(Device.get(id).name));
    await parent.close();
    assert.deepEqual(told, ['grandchild', 'child', 'parent']);
    assert.equal(gpu.closed, 1);
    refused(() => grandchild.allocate(1), 'DEVICE_INVALID', 'ENODEV');
  });
});

describe('events', () => {
  const noop = () => {};

  it('tell of the devices to come, and of one alone', async () => {
    const told: unknown[] = [];
    const tell = (id: number, event: number, data: unknown) => told.push([id, event, data]);
    Device.registerCallback(ID_ANY, NEW, tell, 'all');
    const a = Device.adopt('a', new PlainGpu());
    const b = a.addChild('b');
    Device.registerCallback(b.id, DEL, tell, 'b alone');
    await a.close();
    assert.deepEqual(told, [
      [0, NEW, 'all'],
      [1, NEW, 'all'],
      [1, DEL, 'b alone'],
    ]);
    Device.unregisterCallback(ID_ANY, NEW, tell, ANY_DATA);
  });

  it('come once however often the same callback is registered', async () => {
    let calls = 0;
    const count = () => calls++;
    const device = Device.adopt('a', new PlainGpu());
    for (const data of ['x', 'x', 'y']) Device.registerCallback(device.id, DEL, count, data);
    await device.close();
    assert.equal(calls, 2);
  });

  it('are silenced for one device, by data, or all at once', async () => {
    const told: unknown[] = [];
    const tell = (id: number, _: number, data: unknown) => told.push(`${id} ${data}`);
    for (const data of ['x', 'y']) Device.registerCallback(ID_ANY, DEL, tell, data);
    const a = Device.adopt('a', new PlainGpu());
    const b = Device.adopt('b', new PlainGpu());
    const c = Device.adopt('c', new PlainGpu());
    Device.unregisterCallback(a.id, DEL, tell, 'x');
    Device.unregisterCallback(b.id, DEL, tell, ANY_DATA);
    Device.unregisterCallback(c.id, NEW, tell, ANY_DATA);
    for (const device of [a, b, c]) await device.close();
    assert.deepEqual(told, ['0 y', '2 x', '2 y']);
    Device.unregisterCallback(ID_ANY, DEL, tell, ANY_DATA);
    await Device.adopt('d', new PlainGpu()).close();
    assert.equal(told.length, 3);
  });

  it('may be registered and silenced from within a callback', async () => {
    const device = Device.adopt('a', new PlainGpu());
    const told: string[] = [];
    const late = () => told.push('late');
    Device.registerCallback(device.id, DEL, function once(id) {
      told.push('once');
      Device.unregisterCallback(id, DEL, once);
      Device.registerCallback(id, DEL, late);
      assert.ok(Device.isValid(id), 'the device is still there when DEL comes');
    });
    await device.close();
    assert.deepEqual(told, ['once']);
  });

  it('ENODEV: no such device; EINVAL: no function, no event', () => {
    const device = Device.adopt('a', new PlainGpu());
    const bad = undefined as unknown as () => void;
    for (const call of [Device.registerCallback, Device.unregisterCallback]) {
      refused(() => call(7, NEW, noop), 'DEVICE_INVALID', 'ENODEV');
      refused(() => call(ID_NONE, NEW, noop), 'DEVICE_INVALID', 'ENODEV');
      refused(() => call(device.id, NEW, bad), 'DEVICE_ARGUMENT', 'EINVAL');
      refused(() => call(ID_ANY, 2 as 0, noop), 'DEVICE_ARGUMENT', 'EINVAL');
    }
  });

  it('a callback that throws keeps a device from opening, not one from closing', async () => {
    const gpu = new PlainGpu();
    const device = Device.adopt('a', gpu);
    device.allocate(64);
    const angry = () => {
      throw new Error('no');
    };
    Device.registerCallback(ID_ANY, NEW, angry);
    Device.registerCallback(device.id, DEL, angry);
    assert.throws(() => device.addChild('b'), /no/);
    assert.deepEqual([...Device.each()], [device]);
    Device.unregisterCallback(ID_ANY, NEW, angry);
    await assert.rejects(device.close(), /no/);
    assert.equal(gpu.closed, 1);
    assert.equal(Device.isValid(device.id), false);
  });
});

describe('closing', () => {
  it('ends the GPU first, then gives back the host memory it could see', async () => {
    const order: string[] = [];
    const gpu = new PlainGpu();
    const close = gpu.close.bind(gpu);
    gpu.close = async () => {
      order.push('gpu');
      await close();
    };
    const device = Device.adopt('a', gpu);
    device.own({ release: () => order.push('host memory') });
    await device.close();
    assert.deepEqual(order, ['gpu', 'host memory']);
  });

  it('EPERM: the driver failed; everything else is given back all the same', async () => {
    const device = Device.adopt('a', new PlainGpu({ failing: { close: new Error('it broke') } }));
    let released = false;
    device.own({
      release: () => {
        released = true;
      },
    });
    const error = await rejected(device.close(), 'DEVICE_DRIVER', 'EPERM');
    assert.match(error.message, /it broke/);
    assert.ok(released);
    assert.equal(Device.isValid(device.id), false);
  });

  it('keeps the host memory that a kernel still touches which does not end', async () => {
    const stuck = new WarplineError('GPU_STUCK', { device: 'a' });
    const device = Device.adopt('a', new PlainGpu({ failing: { close: stuck } }));
    let released = false;
    device.own({
      release: () => {
        released = true;
      },
    });
    await rejected(device.close(), 'GPU_STUCK', 'EPERM');
    assert.ok(!released);
  });
});

describe('another thread', () => {
  it('knows no driver but those of the table', async () => {
    const device = Device.adopt('plain', new PlainGpu());
    const foreign = { ...device.handle, id: 3, key: 'of another process' };
    await rejected(Device.attach(foreign), 'DEVICE_UNKNOWN');
  });

  it('attaches under the same id, for the data plane alone', async () => {
    const device = await Device.open('software', { processors: 1 });
    const flag = CommFlag.create(device);
    const [told] = await inWorker(
      `
      const { Device } = await import(${JSON.stringify(new URL('./device.js', import.meta.url))});
      const { handle, word, stream } = workerData;
      const [device, again] = await Promise.all([Device.attach(handle), Device.attach(handle)]);
      const child = await Device.attach({ ...handle, id: 5, name: 'child', parent: handle.id });
      device.gpu.writeValue(stream, word, 42);
      device.gpu.synchronize(stream);
      device.writeBarrier();
      const errno = new Set();
      for (const call of [() => device.allocate(64), () => device.free(64),
        () => device.register(64, 64), () => device.unregister(64), () => device.cpuMap(64, 64),
        () => device.cpuUnmap(64), () => device.addChild('grandchild')])
        try { call(); errno.add('none'); } catch (e) { errno.add(e.code + ' ' + e.details.errno); }
      let taken;
      try { await Device.attach({ ...handle, key: 'x' }); } catch (e) { taken = e.details.errno; }
      const told = [device.id, device.name, device.attached, again === device,
        child.gpu === device.gpu, Device.get(handle.id) === device, [...errno].join(), taken];
      await device.close();
      told.push(Device.isValid(handle.id));
      parentPort.postMessage(told);`,
      { handle: device.handle, word: flag.deviceAddress, stream: device.gpu.createStream() },
    );
    assert.deepEqual(told, [
      device.id,
      'software',
      true,
      true,
      true,
      true,
      'ATTACHED_ONLY EPERM',
      'EEXIST',
      false,
    ]);
    assert.equal(flag.get(), 42);
    assert.equal(await Device.attach(device.handle), device);
    assert.ok(Device.isValid(device.id));
    flag.destroy();
  });
});

/** Runs statements in a worker thread and gives what they post. */
async function inWorker(statements: string, workerData?: object): Promise<unknown[]> {
  const code = `import { parentPort, workerData } from 'node:worker_threads';\n${statements}`;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`), {
    workerData,
  });
  const told: unknown[] = [];
  await new Promise<void>((resolve, reject) => {
    worker.on('message', (message) => told.push(message));
    worker.on('error', reject);
    worker.on('exit', () => resolve());
  });
  return told;
}
