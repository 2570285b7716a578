import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { HostMemory, loadAddress, windowAt } from '../memory/memory.js';
import { dpdkLayout } from '../testing/dpdk-layout.js';
import { refused } from '../testing/errno.js';
import { FakeMbufs } from '../testing/fake-mbufs.js';
import { kernel } from '../testing/gpudev-kernels.js';
import { PlainGpu } from '../testing/plain-gpu.js';
import { CommFlag } from './comm-flag.js';
import { CommList, MAX_PACKETS, STATUS_STRIDE, Status } from './comm-list.js';
import { LINE, MAX_BYTES } from './comm-list-layout.js';
import { Device } from './device.js';
import { Compare } from './driver.js';

const { FREE, READY, DONE, ERROR } = Status;
const headers = dpdkLayout();
const skip = typeof headers === 'string' ? headers : false;
const mbufLayout = headers as Record<string, number>;

for (const statusIn of ['host', 'device', 'split'] as const)
  describe(`comm list of the software device, status words in ${statusIn} memory`, { skip }, () => {
    let device: Device;
    let mbufs: FakeMbufs;

    before(async () => {
      device = await Device.open('software', { processors: 1 });
      mbufs = new FakeMbufs(64, mbufLayout);
      device.register(mbufs.memory.address, mbufs.memory.bytes);
    });
    after(async () => {
      await device.close();
      mbufs.memory.release();
    });

    /** Launches the persistent kernel on `blocks` blocks; the returned function ends it. */
    async function persistent(list: CommList, blocks: number): Promise<() => void> {
      const { gpu } = device;
      const stop = CommFlag.create(device);
      const stream = gpu.createStream();
      const args = new Float64Array(8);
      args.set([list.deviceAddress, list.items, stop.deviceAddress]);
      gpu.launch(stream, await gpu.load(kernel('swapList')), blocks, args);
      return () => {
        stop.set(1);
        gpu.synchronize(stream);
        gpu.destroyStream(stream);
        stop.destroy();
      };
    }

    it("runs DPDK's list test: 1024 items, populate, no early cleanup, consumed, clean", () => {
      const list = CommList.create(device, { items: 1024, packets: 10, statusIn });
      for (let item = 0; item < 1024; item++) {
        assert.equal(list.statusOf(item), FREE);
        assert.equal(list.count(item), 0);
      }
      list.populate(0, mbufs.array, 10);
      assert.equal(list.statusOf(0), READY);
      refused(() => list.cleanup(0), 'COMM_LIST_STATE', 'EINVAL');
      const stream = device.gpu.createStream();
      device.gpu.waitValue(stream, list.statusAddress(0), READY, Compare.EQ);
      device.gpu.writeValue(stream, list.statusAddress(0), DONE);
      device.gpu.synchronize(stream);
      device.gpu.destroyStream(stream);
      assert.equal(list.statusOf(0), DONE);
      assert.equal(list.count(0), 10);
      list.cleanup(0);
      assert.equal(list.statusOf(0), FREE);
      list.destroy();
    });

    it('hands packets to a persistent kernel and gets them back, over and over', async () => {
      const [items, each, rounds] = [8, 8, 20];
      const list = CommList.create(device, { items, packets: each, statusIn });
      const end = await persistent(list, 3);
      for (let round = 0; round < rounds; round++) {
        for (let item = 0; item < items; item++) {
          for (let p = 0; p < each; p++) numbered(item * each + p, 14 + p);
          list.populate(item, mbufs.array + item * each * 8, each);
        }
        for (let item = 0; item < items; item++) {
          await until(() => list.statusOf(item) === DONE);
          for (let p = 0; p < each; p++) {
            const expected = [6, 7, 8, 9, 10, 11, 0, 1, 2, 3, 4, 5];
            for (let i = 12; i < 14 + p; i++) expected.push(i);
            assert.deepEqual([...mbufs.frame(item * each + p, 14 + p)], expected);
          }
          list.cleanup(item);
        }
      }
      end();
      list.destroy();
    });

    it('tells of an item the kernel could not process: ERROR, which cleanup ends', async () => {
      const list = CommList.create(device, { items: 2, packets: 4, statusIn });
      const end = await persistent(list, 1);
      numbered(0, 60);
      mbufs.setFrame(1, 0);
      list.populate(0, mbufs.array, 2);
      list.populate(1, mbufs.array, 1);
      await until(() => list.statusOf(0) === ERROR && list.statusOf(1) === DONE);
      for (const item of [0, 1]) list.cleanup(item);
      end();
      list.destroy();
    });

    it('may carry nothing: an item of no packets becomes READY, then DONE', async () => {
      const list = CommList.create(device, { items: 1, statusIn });
      const end = await persistent(list, 1);
      list.populate(0, mbufs.array, 0);
      await until(() => list.statusOf(0) === DONE);
      list.cleanup(0);
      end();
      list.destroy();
    });

    it('is the same list in another thread, which populates and cleans up', async () => {
      const list = CommList.create(device, { items: 2, packets: 8, statusIn });
      for (let m = 0; m < 3; m++) numbered(m, 60);
      list.setStatus(1, DONE);
      const worker = new Worker(
        new URL(
          `data:text/javascript,${encodeURIComponent(`
        import { parentPort, workerData } from 'node:worker_threads';
        const { Device } = await import(${JSON.stringify(new URL('./device.js', import.meta.url))});
        const { CommList } = await import(
          ${JSON.stringify(new URL('./comm-list.js', import.meta.url))});
        const errno = (run) => { try { run(); } catch (e) { return e.details.errno; } };
        const list = CommList.attach(workerData.share);
        const told = [list.statusOf(1), errno(() => list.populate(0, workerData.mbufs, 3))];
        await Device.attach(workerData.handle);
        list.cleanup(1);
        list.populate(0, workerData.mbufs, 3);
        told.push(errno(() => list.destroy()));
        parentPort.postMessage(told);`)}`,
        ),
        { workerData: { share: list.share, handle: device.handle, mbufs: mbufs.array } },
      );
      const told = await new Promise((resolve, reject) => {
        worker.on('message', resolve);
        worker.on('error', reject);
      });
      assert.deepEqual(told, [DONE, 'ENODEV', 'EPERM']);
      assert.deepEqual([list.statusOf(0), list.count(0), list.statusOf(1)], [READY, 3, FREE]);
      assert.equal(list.words[list.firstWord(0) + 4 * 2 + 2], 60);
      list.setStatus(0, DONE);
      list.destroy();
    });

    it('ends with its device, though a kernel polls it and an item is READY', async () => {
      const doomed = await Device.open('software', { processors: 1 });
      const list = CommList.create(doomed, { items: 4, packets: 4, statusIn });
      const { gpu } = doomed;
      const stop = CommFlag.create(doomed);
      const args = new Float64Array(8);
      args.set([list.deviceAddress, list.items, stop.deviceAddress]);
      gpu.launch(gpu.createStream(), await gpu.load(kernel('swapList')), 2, args);
      list.populate(3, mbufs.array, 0);
      await until(() => list.statusOf(3) === DONE);
      list.setStatus(3, READY);
      await doomed.close();
      refused(() => list.statusOf(3), 'COMM_DESTROYED', 'EINVAL');
      refused(() => stop.set(1), 'COMM_DESTROYED', 'EINVAL');
    });

    it('leaves the memory of a lost device until that is closed', async () => {
      const doomed = await Device.open('software', { processors: 1 });
      const list = CommList.create(doomed, { items: 1, statusIn });
      list.setStatus(0, READY);
      const { gpu } = doomed;
      const stream = gpu.createStream();
      gpu.writeValue(stream, 2 ** 46, 1);
      assert.throws(() => gpu.synchronize(stream));
      list.destroy();
      refused(() => list.statusOf(0), 'COMM_DESTROYED', 'EINVAL');
      windowAt(list.address, 48).u8[0] = 1;
      await doomed.close();
    });

    function numbered(m: number, bytes: number): void {
      mbufs.setFrame(m, bytes);
      const { u8 } = mbufs.memory.window;
      const at = mbufs.frameAddress(m) - mbufs.memory.address;
      for (let i = 0; i < bytes; i++) u8[at + i] = i;
    }
  });

describe('comm list, on memory alone', { skip }, () => {
  const gpu = new PlainGpu();
  const mbufs = new FakeMbufs(8, mbufLayout);
  let device: Device;
  before(() => {
    device = Device.adopt('plain', gpu);
  });
  after(async () => {
    await device.close();
    mbufs.memory.release();
  });
  afterEach(() => {
    assert.equal(gpu.registered.size, 0, 'a list was left registered');
    assert.equal(gpu.allocated.size, 0, 'status words were left allocated');
  });

  it('EINVAL and E2BIG: a list of no items, of too many, of impossible capacity', () => {
    const create = (items: number, packets?: number) => () =>
      CommList.create(device, { items, packets });
    for (const items of [0, -1, 1.5, Number.NaN])
      refused(create(items), 'DEVICE_ARGUMENT', 'EINVAL');
    for (const packets of [0, -1, 1.5, MAX_PACKETS + 1, Number.NaN])
      refused(create(1, packets), 'DEVICE_ARGUMENT', 'EINVAL');
    refused(create(Math.floor(MAX_BYTES / (24 * MAX_PACKETS))), 'DEVICE_ARGUMENT', 'E2BIG');
    refused(create(2 ** 52), 'DEVICE_ARGUMENT', 'E2BIG');
  });

  it('ENODEV: the device is closed', async () => {
    const closed = Device.adopt('closed', new PlainGpu());
    await closed.close();
    refused(() => CommList.create(closed, { items: 1 }), 'DEVICE_INVALID', 'ENODEV');
  });

  it('ENOTSUP: status words in device memory that the CPU cannot map', async () => {
    const blind = Device.adopt('blind', new PlainGpu({ cpuMappable: false }));
    for (const statusIn of ['device', 'split'] as const) {
      const create = () => CommList.create(blind, { items: 1, statusIn });
      assert.equal(refused(create, 'DEVICE_UNSUPPORTED', 'ENOTSUP').exit, 2);
    }
    CommList.create(blind, { items: 1 }).destroy();
    await blind.close();
  });

  it('ENOMEM, EPERM: a step of creating fails; the steps before it are undone', async () => {
    const noMemory = Object.assign(new Error('none left'), { code: 'ENOMEM' });
    for (const [call, error, errno] of [
      ['register', new Error('broken'), 'EPERM'],
      ['allocate', noMemory, 'ENOMEM'],
      ['cpuMap', new Error('broken'), 'EPERM'],
    ] as const)
      for (const statusIn of ['device', 'split'] as const) {
        const failing = new PlainGpu({ failing: { [call]: error } });
        const bad = Device.adopt('bad', failing);
        refused(() => CommList.create(bad, { items: 2, statusIn }), 'DEVICE_DRIVER', errno);
        assert.deepEqual([failing.registered.size, failing.allocated.size], [0, 0], call);
        await bad.close();
      }
  });

  it('EINVAL: there is no such item', () => {
    const list = CommList.create(device, { items: 2, packets: 4 });
    for (const item of [2, -1, 0.5, Number.NaN, 2 ** 32])
      for (const call of calls(list, item)) refused(call, 'DEVICE_ARGUMENT', 'EINVAL');
    list.destroy();
  });

  it('EINVAL: the list is destroyed, or its device closed', async () => {
    for (const statusIn of ['host', 'device', 'split'] as const) {
      const list = CommList.create(device, { items: 2, packets: 4, statusIn });
      list.destroy();
      for (const call of calls(list, 0)) refused(call, 'COMM_DESTROYED', 'EINVAL');
      refused(() => list.destroy(), 'COMM_DESTROYED', 'EINVAL');
      const child = device.addChild('child');
      const orphan = CommList.create(child, { items: 1, statusIn });
      orphan.setStatus(0, READY);
      await child.close();
      refused(() => orphan.statusOf(0), 'COMM_DESTROYED', 'EINVAL');
    }
  });

  it('EINVAL: populate of what is not FREE, of too many, of NULL; the item stays as it was', () => {
    const list = CommList.create(device, { items: 1, packets: 4 });
    const bytes = () => [...windowAt(list.address, 1).u8.subarray(0, 48 + LINE + 96)].join();
    const asItWas = bytes();
    for (const n of [5, -1, 0.5, Number.NaN])
      refused(() => list.populate(0, mbufs.array, n), 'DEVICE_ARGUMENT', 'EINVAL');
    refused(() => list.populate(0, 0, 1), 'DEVICE_ARGUMENT', 'EINVAL');
    const withNull = new HostMemory(16);
    withNull.window.u32.set([1, 1, 0, 0]);
    refused(() => list.populate(0, withNull.address, 2), 'DEVICE_ARGUMENT', 'EINVAL');
    withNull.release();
    assert.equal(bytes(), asItWas);
    for (const status of [READY, DONE, ERROR]) {
      list.setStatus(0, status);
      refused(() => list.populate(0, mbufs.array, 1), 'COMM_LIST_STATE', 'EINVAL');
      assert.deepEqual([list.statusOf(0), list.count(0)], [status, 0]);
    }
    list.destroy();
  });

  it('EINVAL: a count above the capacity, a status that is none', () => {
    const list = CommList.create(device, { items: 1, packets: 4 });
    list.setCount(0, 4);
    for (const n of [5, -1, 0.5]) refused(() => list.setCount(0, n), 'DEVICE_ARGUMENT', 'EINVAL');
    for (const status of [4, -1, 0.5])
      refused(() => list.setStatus(0, status), 'DEVICE_ARGUMENT', 'EINVAL');
    assert.deepEqual([list.count(0), list.statusOf(0)], [4, FREE]);
    list.destroy();
  });

  it('EINVAL: cleanup and destroy of what the device may be at', () => {
    const list = CommList.create(device, { items: 3, packets: 4 });
    list.setStatus(2, READY);
    const error = refused(() => list.cleanup(2), 'COMM_LIST_STATE', 'EINVAL');
    assert.match(error.message, /item 2 is READY/);
    refused(() => list.destroy(), 'COMM_LIST_STATE', 'EINVAL');
    assert.equal(list.statusOf(2), READY);
    list.setStatus(2, ERROR);
    list.destroy();
  });

  it('populate tells the device before the status does: barrier, then READY', () => {
    const list = CommList.create(device, { items: 1, packets: 4, statusIn: 'device' });
    const seen: number[] = [];
    const barrier = gpu.writeBarrier;
    gpu.writeBarrier = () => {
      seen.push(list.statusOf(0), list.count(0), list.status[1]);
    };
    list.populate(0, mbufs.array, 3);
    gpu.writeBarrier = barrier;
    assert.deepEqual([...seen, list.statusOf(0)], [FREE, 3, 3, READY]);
    list.setStatus(0, DONE);
    list.destroy();
  });

  it('cleanup clears what the item held, its count before FREE, and nothing of the others', () => {
    const list = CommList.create(device, { items: 3, packets: 4 });
    for (const item of [0, 1, 2]) list.populate(item, mbufs.array, 4);
    list.setStatus(1, DONE);
    const order: number[] = [];
    list.setStatus = (item, status) => {
      order.push(list.count(item), list.status[item * STATUS_STRIDE + 1], status);
      CommList.prototype.setStatus.call(list, item, status);
    };
    list.cleanup(1);
    assert.deepEqual(order, [0, 0, FREE]);
    const held = (item: number) => {
      const mbuf = windowAt(list.mbufsAddress(item), 32).u32;
      const packets = list.words.subarray(list.firstWord(item), list.firstWord(item) + 16);
      return { mbufs: [...mbuf.subarray(0, 8)], packets: [...packets] };
    };
    assert.deepEqual(held(1), { mbufs: Array(8).fill(0), packets: Array(16).fill(0) });
    assert.deepEqual(held(0), held(2));
    assert.equal(loadAddress(windowAt(list.mbufsAddress(2), 32).u32, 0), mbufs.address(0));
    assert.deepEqual(
      [0, 1, 2].map((i) => list.count(i)),
      [4, 0, 4],
    );
    assert.deepEqual(
      [0, 1, 2].map((i) => list.status[i * STATUS_STRIDE + 1]),
      [4, 0, 4],
    );
    for (const item of [0, 2]) list.setStatus(item, DONE);
    list.destroy();
  });

  it('takes mbufs that stand in the item already', () => {
    const list = CommList.create(device, { items: 1, packets: 4 });
    mbufs.setFrame(0, 77);
    windowAt(list.mbufsAddress(0), 32).u32.set(mbufs.memory.window.u32.subarray(0, 2));
    list.populate(0, list.mbufsAddress(0), 1);
    assert.equal(list.words[list.firstWord(0) + 2], 77);
    list.setStatus(0, DONE);
    list.destroy();
  });

  function calls(list: CommList, item: number): (() => unknown)[] {
    return [
      () => list.statusAddress(item),
      () => list.mbufsAddress(item),
      () => list.packetsAddress(item),
      () => list.firstWord(item),
      () => list.count(item),
      () => list.setCount(item, 1),
      () => list.statusOf(item),
      () => list.setStatus(item, DONE),
      () => list.populate(item, mbufs.array, 1),
      () => list.cleanup(item),
    ];
  }
});

/** Lets other threads run until something is so. */
async function until(so: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!so()) {
    assert.ok(Date.now() < deadline, 'it never came');
    await new Promise((resolve) => setImmediate(resolve));
  }
}
