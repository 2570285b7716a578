import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { loadAddress, storeAddress } from '../memory/memory.js';
import { dpdkLayout } from '../testing/dpdk-layout.js';
import { refused } from '../testing/errno.js';
import { FakeMbufs } from '../testing/fake-mbufs.js';
import { CommList, STATUS_STRIDE, Status } from './comm-list.js';
import { Device } from './device.js';
import { Compare } from './driver.js';

const { FREE, READY, DONE, ERROR } = Status;
const headers = dpdkLayout();
const skip = typeof headers === 'string' ? headers : false;
const MBUFS = 16;

/** Bytes of mbuf m's frame: told apart from every other's. */
const size = (m: number) => 3 * m + 1;

/** What an item is, as plainly as it can be said: its state, and the mbufs it holds. */
interface ModelItem {
  status: number;
  held: { mbuf: number; bytes: number }[];
}

type Step =
  | { does: 'populate' | 'fill'; item: number; first: number; n: number }
  | { does: 'cleanup' | 'finish' | 'fail'; item: number }
  | { does: 'destroy' };

const item = fc.nat(4);
const first = fc.nat(MBUFS / 2);
const n = fc.nat(6);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ does: fc.constantFrom('populate', 'fill'), item, first, n }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ does: fc.constantFrom('cleanup', 'finish', 'fail'), item }),
  },
  { weight: 1, arbitrary: fc.constant({ does: 'destroy' }) },
);

for (const statusIn of ['host', 'device', 'split'] as const)
  describe(`comm list against a model, status words in ${statusIn} memory`, { skip }, () => {
    let device: Device;
    let mbufs: FakeMbufs;
    let stream: number;

    before(async () => {
      device = await Device.open('software', { processors: 1 });
      stream = device.gpu.createStream();
      mbufs = new FakeMbufs(MBUFS, headers as Record<string, number>);
      for (let m = 0; m < MBUFS; m++) mbufs.setFrame(m, size(m));
    });
    after(async () => {
      await device.close();
      mbufs.memory.release();
    });

    it('does what the model does, and refuses what the model refuses', () => {
      const shape = {
        items: fc.integer({ min: 1, max: 4 }),
        packets: fc.integer({ min: 1, max: 5 }),
      };
      fc.assert(
        fc.property(
          fc.record(shape),
          fc.array(step, { maxLength: 40 }),
          ({ items, packets }, steps) => {
            const list = CommList.create(device, { items, packets, statusIn });
            const model = Array.from(
              { length: items },
              (): ModelItem => ({ status: FREE, held: [] }),
            );
            check(list, model);
            let alive = true;
            for (const s of steps) {
              alive = take(list, model, s, alive);
              if (alive) check(list, model);
            }
            if (!alive) return;
            // The device finishes what it has, as when a run drains.
            for (let i = 0; i < items; i++) if (model[i].status === READY) finish(list, i, DONE);
            list.destroy();
          },
        ),
        { numRuns: 150 },
      );
    });

    /** Takes one step on both; whether the list is still alive after it. */
    function take(list: CommList, model: ModelItem[], s: Step, alive: boolean): boolean {
      const expected = wrong(list, model, s, alive);
      if (expected !== undefined) {
        refused(() => apply(list, s), expected, 'EINVAL');
        return alive;
      }
      if (s.does === 'destroy') {
        list.destroy();
        return false;
      }
      const { status } = model[s.item];
      // Neither a device nor an RX lcore goes to an item whose status does not call for it.
      if ((s.does === 'finish' || s.does === 'fail') && status !== READY) return true;
      if (s.does === 'fill' && status !== FREE) return true;
      apply(list, s);
      if ('first' in s) {
        const held = (_: unknown, i: number) => ({ mbuf: s.first + i, bytes: size(s.first + i) });
        model[s.item] = { status: READY, held: Array.from({ length: s.n }, held) };
      } else if (s.does === 'cleanup') model[s.item] = { status: FREE, held: [] };
      else model[s.item].status = s.does === 'finish' ? DONE : ERROR;
      return true;
    }

    /** What the model makes of a step: the code it is refused with, undefined where it is legal. */
    function wrong(list: CommList, model: ModelItem[], s: Step, alive: boolean) {
      if (!alive) return 'COMM_DESTROYED';
      if (s.does === 'destroy')
        return model.some((it) => it.status === READY) ? 'COMM_LIST_STATE' : undefined;
      if (s.item >= list.items) return 'DEVICE_ARGUMENT';
      const { status } = model[s.item];
      if (s.does === 'cleanup') return status === READY ? 'COMM_LIST_STATE' : undefined;
      if (s.does === 'populate' && status !== FREE) return 'COMM_LIST_STATE';
      const tooMany = s.does === 'populate' || (s.does === 'fill' && status === FREE);
      return tooMany && s.n > list.packets ? 'DEVICE_ARGUMENT' : undefined;
    }

    function apply(list: CommList, s: Step): void {
      if (s.does === 'destroy') list.destroy();
      else if (s.does === 'cleanup') list.cleanup(s.item);
      else if (s.does === 'populate') list.populate(s.item, mbufs.array + 8 * s.first, s.n);
      else if (s.does === 'fill') fill(list, s.item, s.first, s.n);
      else finish(list, s.item, s.does === 'finish' ? DONE : ERROR);
    }

    /** The way an RX lcore goes: packets written by a burst, then the count, then READY. */
    function fill(list: CommList, item: number, from: number, n: number): void {
      list.setCount(item, n);
      const at = (list.mbufsAddress(item) - list.address) / 4;
      for (let p = 0; p < n; p++) {
        storeAddress(list.words, at + 2 * p, mbufs.address(from + p));
        const packet = list.firstWord(item) + 4 * p;
        storeAddress(list.words, packet, mbufs.frameAddress(from + p));
        storeAddress(list.words, packet + 2, size(from + p));
      }
      list.setStatus(item, READY);
    }

    /** The device's turn, by the addresses kernels use: it sees READY, and says how it went. */
    function finish(list: CommList, item: number, status: number): void {
      device.gpu.waitValue(stream, list.statusAddress(item), READY, Compare.EQ);
      device.gpu.writeValue(stream, list.statusAddress(item), status);
      device.gpu.synchronize(stream);
    }

    function check(list: CommList, model: ModelItem[]): void {
      model.forEach(({ status, held }, item) => {
        assert.equal(list.statusOf(item), status);
        assert.equal(list.count(item), held.length);
        assert.equal(list.status[item * STATUS_STRIDE + 1], held.length);
        const at = (list.mbufsAddress(item) - list.address) / 4;
        for (let p = 0; p < list.packets; p++) {
          const packet = list.firstWord(item) + 4 * p;
          const actual = [at + 2 * p, packet, packet + 2].map((w) => loadAddress(list.words, w));
          const one = held[p];
          const expected = one && [
            mbufs.address(one.mbuf),
            mbufs.frameAddress(one.mbuf),
            one.bytes,
          ];
          assert.deepEqual(actual, expected ?? [0, 0, 0]);
        }
      });
    }
  });
