import { fail } from '../errors.js';
import { type HostMemory, storeAddress, windowAt } from '../memory/memory.js';
import { type Address, native } from '../memory/native.js';
import {
  type CommListLayout,
  commListLayout,
  ITEM,
  ITEM_BYTES,
  LINE,
  MAX_BYTES,
  MAX_PACKETS,
  POINTER_BYTES,
  STATUS_STRIDE,
  Status,
} from './comm-list-layout.js';
import { Device } from './device.js';
import { Doorbells } from './doorbells.js';
import { allocateHost, NULL, refuse } from './memory.js';

export { MAX_PACKETS, STATUS_STRIDE, Status } from './comm-list-layout.js';

const STATUS_NAMES = ['FREE', 'READY', 'DONE', 'ERROR'];
const ITEM_WORDS = ITEM_BYTES / 4;
const COUNT_WORD = ITEM.num_pkts / 4;
/** Of struct rte_gpu_comm_list, behind num_pkts. */
const PADDING_WORD = COUNT_WORD + 1;

export interface CommListOptions {
  /** Items of the list, at least 1. */
  readonly items: number;
  /** Packets an item has room for, 1 to MAX_PACKETS (default). */
  readonly packets?: number;
  readonly statusIn?: StatusIn;
  /** As in CommListShare. */
  readonly samples?: Address;
}

/**
 * Where status words lie: in host memory (default); in device memory that the CPU has mapped; or
 * `split`: in host memory, and what the CPU tells the device also in mapped device memory
 * (doorbells.ts), because each side is slow at polling the other's memory.
 */
export type StatusIn = 'host' | 'device' | 'split';

/** Survives `postMessage`: what another thread needs for `CommList.attach`. */
export interface CommListShare {
  /** The device's id. */
  readonly device: number;
  readonly items: number;
  readonly packets: number;
  readonly address: Address;
  readonly deviceAddress: Address;
  /** Status words: as the CPU sees them, as kernels do. */
  readonly status: Address;
  readonly deviceStatus: Address;
  /** Doorbells, the same way; NULL where there are none. */
  readonly doorbells: Address;
  readonly deviceDoorbells: Address;
  /** Device memory in which traced kernels write when they worked on items; absent: none does. */
  readonly samples?: Address;
}

/**
 * Items of packets that pass between CPU and device, each with a status that says whose turn it is,
 * in DPDK's memory layout (comm-list-layout.ts draws it): kernels written for gpudev run on it.
 * `pkt_list`, `status_d` and packet addresses are the device's, `mbufs` and `status_h` the CPU's.
 *
 * An item has one writer at a time, whom its status names; nothing here locks. Calls on an item
 * allocate nothing. EINVAL: no such item, or the list is destroyed.
 */
export class CommList {
  readonly items: number;
  readonly packets: number;
  /** Of struct rte_gpu_comm_list[items], CPU side. */
  readonly address: Address;
  /** The same as kernels see it. */
  readonly deviceAddress: Address;
  /** Item i's status word at [i * STATUS_STRIDE], its packet count beside it at [.. + 1]. */
  readonly status: Int32Array;
  /** The list's host memory; packet p of item i has addr and size at [firstWord(i) + 4 p ..+ 3]. */
  readonly words: Uint32Array;
  readonly #layout: CommListLayout;
  /** Whether the status words are in this memory, not the device's. */
  readonly #statusHere: boolean;
  readonly #doorbells: Doorbells | undefined;
  #live: number;

  private constructor(
    readonly share: CommListShare,
    private device?: Device,
    private readonly memory?: HostMemory,
  ) {
    const { items, packets, address, status } = share;
    this.#statusHere = status === address + commListLayout(items, packets, true).status;
    this.items = items;
    this.packets = packets;
    this.address = address;
    this.deviceAddress = share.deviceAddress;
    this.#live = items;
    this.#layout = commListLayout(items, packets, this.#statusHere);
    const window = windowAt(address, this.#layout.bytes);
    this.words = window.u32;
    this.status = this.#statusHere
      ? new Int32Array(window.buffer, this.#layout.status, items * STATUS_STRIDE)
      : windowAt(status, items * LINE).i32;
    if (share.doorbells !== NULL) this.#doorbells = new Doorbells(share.doorbells, items);
  }

  /**
   * A list whose items are all FREE and empty. EINVAL: no items, or a capacity out of range. E2BIG:
   * more than 4 GiB. ENOTSUP: status words in device memory that the CPU cannot map. ENODEV, ENOMEM
   * and EPERM as allocating and registering memory; what was taken before is given back.
   */
  static create(device: Device, options: CommListOptions): CommList {
    const { items, packets = MAX_PACKETS, statusIn = 'host', samples } = options;
    checkShape(items, packets);
    const layout = commListLayout(items, packets, statusIn !== 'device');
    if (layout.bytes > MAX_BYTES)
      refuse(CREATE, 'items', `${items} of ${packets} packets are more than 4 GiB`, 'E2BIG');
    if (statusIn !== 'host') needMapping(device);

    const undo: (() => void)[] = [];
    try {
      const memory = allocateHost(layout.bytes);
      undo.push(() => memory.release());
      const { address } = memory;
      const deviceAddress = device.register(address, memory.bytes);
      undo.push(() => device.unregister(address));
      const here = { address: address + layout.status, inside: deviceAddress + layout.status };
      const mapped = statusIn === 'host' ? NOWHERE : mapLines(device, items, undo);
      const words = statusIn === 'device' ? mapped : here;
      const bells = statusIn === 'split' ? mapped : NOWHERE;
      const places = {
        address,
        deviceAddress,
        status: words.address,
        deviceStatus: words.inside,
        doorbells: bells.address,
        deviceDoorbells: bells.inside,
        ...(samples !== undefined && { samples }),
      };
      const list = new CommList({ device: device.id, items, packets, ...places }, device, memory);
      list.#describe();
      device.own(list);
      return list;
    } catch (error) {
      for (const step of undo.reverse()) step();
      throw error;
    }
  }

  get statusIn(): StatusIn {
    if (!this.#statusHere) return 'device';
    return this.#doorbells === undefined ? 'host' : 'split';
  }

  /** The same list in another thread. `populate` there needs the device attached before. */
  static attach(share: CommListShare): CommList {
    return new CommList(share);
  }

  /** Device address of the item's status word, for waitValue and writeValue. */
  statusAddress(item: number): Address {
    this.#check(item, 'statusAddress');
    return this.share.deviceStatus + item * LINE;
  }

  /** Device address of the item's doorbell; there must be doorbells. */
  doorbellAddress(item: number): Address {
    this.#check(item, 'doorbellAddress');
    return this.share.deviceDoorbells + item * LINE;
  }

  /** Device address of item 0's packets; those of the next item begin `bodyBytes` further on. */
  get deviceBodies(): Address {
    return this.deviceAddress + this.#layout.bodies;
  }
  get bodyBytes(): number {
    return this.#layout.bodyBytes;
  }

  /** Has kernels find another status word where the item points to its own; nobody else looks. */
  pointStatus(item: number, address: Address): void {
    this.#check(item, 'pointStatus');
    storeAddress(this.words, item * ITEM_WORDS + ITEM.status_h / 4, address);
    storeAddress(this.words, item * ITEM_WORDS + ITEM.status_d / 4, address);
  }

  /** CPU address of the item's `struct rte_mbuf *[packets]`. */
  mbufsAddress(item: number): Address {
    return this.packetsAddress(item) + this.#layout.mbufs;
  }

  /** CPU address of the item's `struct rte_gpu_comm_pkt[packets]`. */
  packetsAddress(item: number): Address {
    this.#check(item, 'packetsAddress');
    return this.address + this.#layout.bodies + item * this.#layout.bodyBytes;
  }

  firstWord(item: number): number {
    this.#check(item, 'firstWord');
    return (this.#layout.bodies + item * this.#layout.bodyBytes) / 4;
  }

  /** `num_pkts`, read from host memory wherever the status word lies. */
  count(item: number): number {
    this.#check(item, 'count');
    return this.words[item * ITEM_WORDS + COUNT_WORD];
  }

  /** Stores `num_pkts` in the item and beside its status word. EINVAL: more than the capacity. */
  setCount(item: number, n: number): void {
    this.#check(item, 'setCount');
    if (n >>> 0 !== n || n > this.packets) this.#tooMany('setCount', n);
    this.words[item * ITEM_WORDS + COUNT_WORD] = n;
    this.status[item * STATUS_STRIDE + 1] = n;
  }

  statusOf(item: number): number {
    this.#check(item, 'statusOf');
    return Atomics.load(this.status, item * STATUS_STRIDE);
  }

  /** Whatever was written before is visible to who sees this status. EINVAL: not a status. */
  setStatus(item: number, status: number): void {
    this.#check(item, 'setStatus');
    if (status >>> 0 !== status || status > Status.ERROR)
      refuse('CommList.setStatus', 'status', `${status} is none`, 'EINVAL');
    const count = this.count(item);
    if (this.#statusHere) {
      Atomics.store(this.status, item * STATUS_STRIDE, status);
    } else {
      this.#drain(item);
      this.status[item * STATUS_STRIDE] = status;
      this.#drain(item);
    }
    if (status === Status.READY) this.ring(item, count);
    else this.#silence(item);
  }

  /** Rings the item's doorbell, if it has one: for who has stored READY without `setStatus`. */
  ring(item: number, count: number): void {
    if (this.#doorbells === undefined) return;
    this.#drain(item);
    this.#doorbells.ring(item, count);
    this.#drain(item);
  }

  /** An item that is taken back before a kernel took it must not be served when one comes. */
  #silence(item: number): void {
    if (this.#doorbells === undefined) return;
    this.#doorbells.silence(item);
    this.#drain(item);
  }

  /**
   * Mapped device memory is write-combined: what is stored there waits in the CPU until a locked
   * instruction (Intel SDM vol. 3A, "Write Combining"), as Atomics.store is, to whatever word: here the item's
   * padding. On a word across the bus it would read that word first.
   */
  #drain(item: number): void {
    Atomics.store(this.words, item * ITEM_WORDS + PADDING_WORD, 0);
  }

  /**
   * Puts the `n` mbufs of an array into a FREE item and marks it READY. `delta` is the device
   * address of a packet less its CPU address. A chained mbuf is described by its first segment.
   * EINVAL: the item is not FREE, more mbufs than the capacity, a NULL array or mbuf; the item is
   * then as before.
   */
  populate(item: number, mbufs: Address, n: number, delta = 0): void {
    this.#check(item, 'populate');
    const status = this.statusOf(item);
    if (status !== Status.FREE) wrongState('populate', item, status, 'FREE');
    if (n >>> 0 !== n || n > this.packets) this.#tooMany('populate', n);
    if (mbufs === NULL) refuse('CommList.populate', 'mbufs', 'it is NULL', 'EINVAL');
    this.device ??= Device.get(this.share.device);
    if (n > 0) {
      this.#copyPointers(item, mbufs, n);
      native.packetsDescribe(this.mbufsAddress(item), this.packetsAddress(item), n, delta);
    }
    this.setCount(item, n);
    this.device.writeBarrier();
    this.setStatus(item, Status.READY);
  }

  /**
   * Empties a DONE or ERROR item and marks it FREE; the mbufs are the caller's to free, before.
   * A FREE item stays as it is. EINVAL: the item is READY, so the device may be at it.
   */
  cleanup(item: number): void {
    const status = this.statusOf(item);
    if (status === Status.READY) wrongState('cleanup', item, status, 'DONE or ERROR');
    const packets = this.firstWord(item);
    const mbufs = packets + this.#layout.mbufs / 4;
    const n = this.count(item);
    for (let w = packets; w < packets + 4 * n; w++) this.words[w] = 0;
    for (let w = mbufs; w < mbufs + 2 * n; w++) this.words[w] = 0;
    this.setCount(item, 0);
    this.setStatus(item, Status.FREE);
  }

  /**
   * Gives the list's memory back. EINVAL: an item is READY, so a kernel may be reading it (closing
   * the device first ends that, and gives the list back too), or it is destroyed already. EPERM: in
   * a thread that only attached it. On a lost device the memory goes when the device is closed.
   */
  destroy(): void {
    if (this.#live === 0) destroyed('destroy');
    const { device, memory } = this;
    if (device === undefined || memory === undefined)
      fail('ATTACHED_ONLY', { call: 'CommList.destroy', object: 'the list', errno: 'EPERM' });
    if (device.gpu.fault() !== undefined) {
      this.#live = 0;
      return;
    }
    for (let item = 0; item < this.items; item++) {
      const status = this.statusOf(item);
      if (status === Status.READY) wrongState('destroy', item, status, 'FREE, DONE or ERROR');
    }
    device.unregister(this.address);
    const { deviceStatus, deviceDoorbells } = this.share;
    const lines = this.#statusHere ? deviceDoorbells : deviceStatus;
    if (lines !== NULL) {
      device.cpuUnmap(lines);
      device.free(lines);
    }
    device.disown(this);
    this.release();
  }

  /** For the device's own closing: the host memory alone. */
  release(): void {
    this.#live = 0;
    this.memory?.release();
  }

  /** Fills in struct rte_gpu_comm_list[items]. Upstream leaves item 0's status as it finds it. */
  #describe(): void {
    const { share, words } = this;
    const seen = this.deviceAddress - this.address;
    const { u16 } = windowAt(this.address, this.#layout.bytes);
    for (let item = 0; item < this.items; item++) {
      const at = item * ITEM_BYTES;
      u16[at / 2] = share.device;
      storeAddress(words, (at + ITEM.mbufs) / 4, this.mbufsAddress(item));
      storeAddress(words, (at + ITEM.pkt_list) / 4, this.packetsAddress(item) + seen);
      storeAddress(words, (at + ITEM.status_h) / 4, share.status + item * LINE);
      storeAddress(words, (at + ITEM.status_d) / 4, share.deviceStatus + item * LINE);
      this.setCount(item, 0);
      this.setStatus(item, Status.FREE);
    }
  }

  #copyPointers(item: number, mbufs: Address, n: number): void {
    const from = windowAt(mbufs, n * POINTER_BYTES).u32;
    for (let w = 0; w < 2 * n; w += 2)
      if ((from[w] | from[w + 1]) === 0)
        refuse('CommList.populate', 'mbufs', `mbuf ${w / 2} is NULL`, 'EINVAL');
    const to = this.firstWord(item) + this.#layout.mbufs / 4;
    for (let w = 0; w < 2 * n; w++) this.words[to + w] = from[w];
  }

  #tooMany(call: string, n: number): never {
    const reason = `${n} is not 0 to ${this.packets}, the item's capacity`;
    refuse(`CommList.${call}`, 'n', reason, 'EINVAL');
  }

  #check(item: number, call: string): void {
    if (item >>> 0 === item && item < this.#live) return;
    if (this.#live === 0) destroyed(call);
    refuse(`CommList.${call}`, 'item', `${item} is not 0 to ${this.items - 1}`, 'EINVAL');
  }
}

const CREATE = 'CommList.create';
const NOWHERE = { address: NULL, inside: NULL };

/** A line of device memory for each item, mapped for the CPU: where it and the device see them. */
function mapLines(device: Device, items: number, undo: (() => void)[]): typeof NOWHERE {
  const inside = device.allocate(items * LINE, device.info.pageSize, { mappable: true });
  undo.push(() => device.free(inside));
  const address = device.cpuMap(inside, items * LINE);
  undo.push(() => device.cpuUnmap(inside));
  return { address, inside };
}

function checkShape(items: number, packets: number): void {
  if (!Number.isSafeInteger(items) || items < 1)
    refuse(CREATE, 'items', `${items} is not a number from 1 on`, 'EINVAL');
  if (!Number.isInteger(packets) || packets < 1 || packets > MAX_PACKETS)
    refuse(CREATE, 'packets', `${packets} is not 1 to ${MAX_PACKETS}`, 'EINVAL');
}

function needMapping(device: Device): void {
  if (device.info.cpuMappable) return;
  const what = 'keep status words in its memory: the CPU cannot map it';
  const advice = "Leave statusIn at 'host'";
  fail('DEVICE_UNSUPPORTED', { device: device.name, what, advice, errno: 'ENOTSUP' });
}

function wrongState(call: string, item: number, status: number, wanted: string): never {
  const is = STATUS_NAMES[status] ?? `${status}, which is no status`;
  fail('COMM_LIST_STATE', { call: `CommList.${call}`, item, status: is, wanted, errno: 'EINVAL' });
}

function destroyed(call: string): never {
  fail('COMM_DESTROYED', { call: `CommList.${call}`, errno: 'EINVAL' });
}
