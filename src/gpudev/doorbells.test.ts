import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { windowAt } from '../memory/memory.js';
import { testKernel } from '../testing/kernels.js';
import { args } from '../testing/test-gpu.js';
import { CommList, Status } from './comm-list.js';
import { LINE } from './comm-list-layout.js';
import { Device } from './device.js';

const { FREE, READY, DONE } = Status;

describe('doorbells of a comm list', () => {
  const items = 3;
  let device: Device;
  let list: CommList;

  before(async () => {
    device = await Device.open('software', { processors: 1 });
    list = CommList.create(device, { items, packets: 8, statusIn: 'split' });
  });
  after(() => device.close());

  const bell = (item: number) => {
    const { u32 } = windowAt(list.share.doorbells, items * LINE);
    return [...u32.subarray((item * LINE) / 4, (item * LINE) / 4 + 3)];
  };

  it('lie in device memory, a line each, and are silent at first', () => {
    assert.equal(list.statusIn, 'split');
    for (let item = 0; item < items; item++) {
      assert.equal(list.doorbellAddress(item), list.share.deviceDoorbells + item * LINE);
      assert.deepEqual(bell(item), [FREE, 0, 0]);
    }
  });

  it('ring with READY and the count of packets, for the item that is handed on', () => {
    for (const count of [0, 1, 8]) {
      list.setCount(1, count);
      list.setStatus(1, READY);
      assert.deepEqual(
        [bell(0), bell(1), bell(2)],
        [
          [FREE, 0, 0],
          [READY, count, 0],
          [FREE, 0, 0],
        ],
      );
      assert.deepEqual([list.statusOf(1), list.count(1)], [READY, count]);
      list.setStatus(1, DONE);
    }
  });

  it('are not rung by any other status: what is there is for the device to take', () => {
    windowAt(list.share.doorbells, items * LINE).u32[LINE / 4] = FREE;
    for (const status of [DONE, Status.ERROR, FREE]) {
      list.setStatus(1, status);
      assert.equal(bell(1)[0], FREE);
    }
  });

  it('ring the same from another attachment of the list', () => {
    const same = CommList.attach(structuredClone(list.share));
    assert.equal(same.statusIn, 'split');
    same.setCount(2, 5);
    same.setStatus(2, READY);
    assert.deepEqual(bell(2), [READY, 5, 0]);
    same.setStatus(2, FREE);
  });

  it('let work on the device wait for them, take the item and say DONE in host memory', async () => {
    const { gpu } = device;
    const add = await gpu.load(testKernel('add'));
    const stream = gpu.createStream();
    const [ring, word] = [list.doorbellAddress(0), list.share.deviceStatus];
    for (let round = 1; round <= 3; round++) {
      gpu.waitValue(stream, ring, READY, 1);
      gpu.writeValue(stream, ring, FREE);
      gpu.launch(stream, add, 1, args(word + 8, 1));
      gpu.writeValue(stream, word, DONE);
      assert.equal(gpu.idle(stream), false);
      list.setCount(0, round);
      list.setStatus(0, READY);
      gpu.synchronize(stream);
      assert.deepEqual([list.statusOf(0), bell(0)[0]], [DONE, FREE]);
      assert.equal(list.status[2], round, 'the kernel ran once a ring');
      list.cleanup(0);
    }
  });

  it('go with the list', () => {
    for (let item = 0; item < items; item++) list.setStatus(item, FREE);
    const { deviceDoorbells } = list.share;
    list.destroy();
    assert.throws(() => device.free(deviceDoorbells), /is not allocated memory/);
  });
});
