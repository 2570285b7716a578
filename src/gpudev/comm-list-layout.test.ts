import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { windowAt } from '../memory/memory.js';
import { dpdkLayout } from '../testing/dpdk-layout.js';
import { FakeMbufs } from '../testing/fake-mbufs.js';
import { PlainGpu } from '../testing/plain-gpu.js';
import { FlagType } from './comm-flag.js';
import { CommList } from './comm-list.js';
import {
  commListLayout,
  ITEM,
  ITEM_BYTES,
  LINE,
  MAX_PACKETS,
  PACKET_BYTES,
  Status,
} from './comm-list-layout.js';
import { DEFAULT_MAX, Device } from './device.js';
import { DeviceEvent, ID_ANY, ID_NONE } from './device-events.js';

const dpdk = dpdkLayout();
const skip = typeof dpdk === 'string' ? dpdk : false;

describe('the DPDK headers of this machine', { skip }, () => {
  const c = dpdk as Record<string, number>;

  it('have our offsets and sizes', () => {
    const list = { ...ITEM, sizeof: ITEM_BYTES };
    for (const [member, offset] of Object.entries(list))
      assert.equal(
        c[member === 'sizeof' ? 'rte_gpu_comm_list' : `rte_gpu_comm_list.${member}`],
        offset,
      );
    assert.deepEqual(
      [c.rte_gpu_comm_pkt, c['rte_gpu_comm_pkt.addr'], c['rte_gpu_comm_pkt.size']],
      [PACKET_BYTES, 0, 8],
    );
    const flag = ['', '.dev_id', '.ptr', '.mtype'].map((m) => c[`rte_gpu_comm_flag${m}`]);
    assert.deepEqual(flag, [24, 0, 8, 16]);
  });

  it('have our constants', () => {
    assert.deepEqual(
      [c.RTE_GPU_DEFAULT_MAX, c.RTE_GPU_ID_NONE, c.RTE_GPU_ID_ANY, c.RTE_GPU_COMM_LIST_PKTS_MAX],
      [DEFAULT_MAX, ID_NONE, ID_ANY, MAX_PACKETS],
    );
    assert.deepEqual([c.RTE_GPU_EVENT_NEW, c.RTE_GPU_EVENT_DEL], Object.values(DeviceEvent));
    assert.equal(c.RTE_GPU_COMM_FLAG_CPU, FlagType.CPU);
    const states = ['FREE', 'READY', 'DONE', 'ERROR'] as const;
    for (const state of states) assert.equal(c[`RTE_GPU_COMM_LIST_${state}`], Status[state]);
    assert.equal(c.RTE_DEV_NAME_MAX_LEN, 64);
  });

  for (const statusIn of ['host', 'device'] as const)
    it(`lie as the C compiler lays them, byte by byte, status in ${statusIn} memory`, async () => {
      // The device sees host memory elsewhere: whose address each pointer is shows.
      const shift = 2 ** 41;
      const device = Device.adopt('plain', new PlainGpu({ shift }));
      const child = device.addChild('child');
      const [items, packets, filled] = [3, 5, 1];
      const list = CommList.create(child, { items, packets, statusIn });
      const mbufs = new FakeMbufs(2, c);
      mbufs.setFrame(0, 60);
      mbufs.setFrame(1, 99, 1400);
      list.populate(filled, mbufs.array, 2, 2 ** 42);

      const layout = commListLayout(items, packets, statusIn === 'host');
      const expected = Buffer.alloc(layout.bytes);
      const statuses =
        statusIn === 'host' ? expected.subarray(layout.status) : Buffer.alloc(items * LINE);
      const put = (at: number, address: number) => expected.writeBigUInt64LE(BigInt(address), at);
      for (let item = 0; item < items; item++) {
        const at = item * c.rte_gpu_comm_list;
        const body = layout.bodies + item * layout.bodyBytes;
        expected.writeUInt16LE(child.id, at + c['rte_gpu_comm_list.dev_id']);
        put(at + c['rte_gpu_comm_list.pkt_list'], list.address + shift + body);
        put(at + c['rte_gpu_comm_list.mbufs'], list.address + body + packets * 16);
        put(at + c['rte_gpu_comm_list.status_h'], list.share.status + item * LINE);
        put(at + c['rte_gpu_comm_list.status_d'], list.statusAddress(item));
        if (item !== filled) continue;
        expected.writeUInt32LE(2, at + c['rte_gpu_comm_list.num_pkts']);
        statuses.writeUInt32LE(c.RTE_GPU_COMM_LIST_READY, item * LINE);
        statuses.writeUInt32LE(2, item * LINE + 4);
        for (const [p, bytes] of [60, 99].entries()) {
          const packet = body + p * c.rte_gpu_comm_pkt;
          put(packet + c['rte_gpu_comm_pkt.addr'], mbufs.frameAddress(p) + 2 ** 42);
          put(packet + c['rte_gpu_comm_pkt.size'], bytes);
          put(body + packets * 16 + p * 8, mbufs.address(p));
        }
      }
      const actual = Buffer.from(windowAt(list.address, layout.bytes).u8.subarray(0, layout.bytes));
      assert.deepEqual(actual, expected);
      if (statusIn === 'device')
        assert.deepEqual(
          Buffer.from(windowAt(list.share.status, items * LINE).u8.subarray(0, items * LINE)),
          statuses,
        );
      assert.equal(list.deviceAddress, list.address + shift);
      assert.equal(list.statusAddress(1) - list.statusAddress(0), LINE);
      await device.close();
      mbufs.memory.release();
    });
});

describe('comm list layout', () => {
  it('gives every part cache lines of its own, and no two parts the same', () => {
    for (const items of [1, 2, 3, 4, 5, 256])
      for (const packets of [1, 2, 3, 63, 64, 1000, MAX_PACKETS])
        for (const statusHere of [true, false]) {
          const l = commListLayout(items, packets, statusHere);
          assert.ok(l.status >= items * ITEM_BYTES);
          assert.equal(l.bodies - l.status, statusHere ? items * LINE : 0);
          assert.ok(l.bodyBytes >= packets * (PACKET_BYTES + 8));
          assert.equal(l.bytes, l.bodies + items * l.bodyBytes);
          for (const at of [l.status, l.bodies, l.bodyBytes]) assert.equal(at % LINE, 0);
          assert.equal((l.bodyBytes / LINE) % 2, 1, 'bodies would share cache sets');
        }
  });
});
