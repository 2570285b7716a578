import assert from 'node:assert/strict';
import type { Mempool } from '../dpdk/mempool.js';
import { CommList, STATUS_STRIDE, Status } from '../gpudev/comm-list.js';
import { Device } from '../gpudev/device.js';
import type { Gpu } from '../gpudev/driver.js';
import { HostMemory, loadAddress, windowAt } from '../memory/memory.js';
import { type Address, native } from '../memory/native.js';
import { Inbound, StagedOutbound, stagingLines, stagingRing } from '../methods/staging.js';
import { MbufArray } from './mbuf-array.js';
import { PlainGpu } from './plain-gpu.js';

/** The device sees host memory here and nowhere else, and the CPU device memory not at all. */
const SEEN = 2 ** 50;
const INSIDE = 2 ** 51;
const { FREE, READY, DONE } = Status;

/** What a kernel makes of a byte. */
const worked = (byte: number) => byte ^ 0x5a;

/**
 * A stand for staging: mbufs, list and memory are real, while RX end, kernel, TX end and the copy
 * engine are played in one thread, a step at a time. So every interleaving can be had.
 */
export class StagingStand {
  readonly list: CommList;
  readonly inbound: Inbound;
  readonly outbound: StagedOutbound;
  /** Copies posted: on the stream to the device (0) or back (1). */
  readonly copies: { stream: number; bytes: number }[] = [];
  /** What the device's calls throw. */
  failing: Error | undefined;
  handed = 0;
  served = 0;
  freed = 0;

  private readonly device: Device;
  private readonly host: HostMemory;
  private readonly inside: HostMemory;
  private readonly mbufs: MbufArray;
  private readonly streams: (() => void)[][] = [[], []];
  /** Frames of the item at each place, as they came. */
  private readonly frames: Uint8Array[][] = [];

  constructor(
    private readonly pool: Mempool,
    items: number,
    burst: number,
    private readonly room: number,
  ) {
    this.device = Device.adopt(`stand-${++made}`, new PlainGpu());
    this.list = CommList.create(this.device, { items, packets: burst });
    this.mbufs = new MbufArray(burst);
    const ringBytes = stagingRing(items * burst, burst, room);
    this.host = new HostMemory(stagingLines(items) + ringBytes);
    this.inside = new HostMemory(ringBytes);
    const share = {
      host: this.host.address,
      hostSeen: SEEN,
      device: INSIDE,
      ringBytes,
      itemBytes: burst * room,
      inbound: 0,
      outbound: 1,
    };
    const staged = { gpu: this.gpu, list: this.list, share };
    this.inbound = new Inbound(staged);
    this.outbound = new StagedOutbound(staged);
  }

  /** The RX end: the next item gets these frames and is handed on. */
  hand(frames: readonly Uint8Array[]): void {
    const { list } = this;
    const item = this.handed % list.items;
    assert.equal(this.status(item), FREE, 'handed on before it was free');
    this.mbufs.fill(this.pool, frames);
    const pointers = windowAt(this.mbufs.at(0), 8 * frames.length + 8).u32;
    const at = list.mbufsAddress(item);
    windowAt(at, 8 * list.packets).u32.set(pointers.subarray(0, 2 * frames.length));
    list.setCount(item, frames.length);
    this.frames[item] = frames.map((frame) => Uint8Array.from(frame));
    this.inbound.hand(item, frames.length);
    this.handed++;
  }

  status(item: number): number {
    return Atomics.load(this.list.status, item * STATUS_STRIDE);
  }

  /** One work of a stream is done, if there is one. */
  step(stream: number): void {
    this.streams[stream].shift()?.();
  }

  stepAll(stream: number): void {
    while (this.streams[stream].length !== 0) this.step(stream);
  }

  /** The frames as the item's descriptors show them to a kernel. */
  seenByKernel(item: number): Uint8Array[] {
    return this.described(item).map((bytes) => Uint8Array.from(bytes));
  }

  /** The kernel works on the item and leaves it in this state. */
  serve(item: number, status: number): void {
    assert.equal(this.status(item), READY);
    for (const bytes of this.described(item)) bytes.set(bytes.map(worked));
    Atomics.store(this.list.status, item * STATUS_STRIDE, status);
    this.served++;
  }

  /** What the TX end finds. */
  sendable(): number {
    return this.outbound.statusOf(this.freed % this.list.items, this.freed);
  }

  /** The first segments of the item's frames, as they came. */
  firsts(item: number): Uint8Array[] {
    return this.frames[item].map((frame) => frame.subarray(0, this.segment));
  }

  /** The item's frames as they are to leave: what a kernel does not see stays as it was. */
  expected(item: number): Uint8Array[] {
    return this.frames[item].map((frame) =>
      frame.map((byte, i) => (i < this.segment ? worked(byte) : byte)),
    );
  }

  /** The frames that the item's mbufs hold. */
  held(item: number): Uint8Array[] {
    const count = this.list.count(item);
    const pointers = windowAt(this.list.mbufsAddress(item), 8 * this.list.packets).u32;
    windowAt(this.mbufs.at(0), 8 * count + 8).u32.set(pointers.subarray(0, 2 * count));
    return this.mbufs.frames(count);
  }

  /** Somebody else writes into the item's mbufs. */
  scribble(item: number): void {
    const pointers = windowAt(this.list.mbufsAddress(item), 8 * this.list.packets).u32;
    const { span, window } = this.pool;
    for (const [i] of this.frames[item].entries()) {
      const mbuf = loadAddress(pointers, 2 * i);
      // Behind struct rte_mbuf and its headroom.
      window.u8.fill(0xee, mbuf - span.address + 256, mbuf - span.address + 256 + 14);
    }
  }

  /** The TX end: the item has been sent. */
  free(): void {
    const item = this.freed % this.list.items;
    native.mbufFree(this.list.mbufsAddress(item), this.list.count(item));
    this.list.setCount(item, 0);
    Atomics.store(this.list.status, item * STATUS_STRIDE, FREE);
    this.freed++;
  }

  /** All that was handed on goes its way to the end. */
  finish(look = true): void {
    for (let looks = 0; this.freed !== this.handed; looks++) {
      assert.ok(looks < 10_000, `stuck: ${this.handed} handed on, ${this.freed} freed`);
      this.inbound.move();
      this.stepAll(0);
      const item = this.served % this.list.items;
      if (this.served < this.handed && this.status(item) === READY) this.serve(item, DONE);
      this.stepAll(1);
      const first = this.freed % this.list.items;
      if (this.sendable() !== DONE) continue;
      if (look) assert.deepEqual(this.held(first), this.expected(first));
      this.free();
    }
  }

  async close(): Promise<void> {
    await this.device.close();
    for (const memory of [this.host, this.inside, this.mbufs]) memory.release();
  }

  private get segment(): number {
    return this.room - 128;
  }

  private described(item: number): Uint8Array[] {
    const { list } = this;
    const word = list.firstWord(item);
    return Array.from({ length: list.count(item) }, (_, i) => {
      const size = list.words[word + 4 * i + 2];
      return this.at(loadAddress(list.words, word + 4 * i), size);
    });
  }

  /** Memory as the device sees it. */
  private at(address: Address, bytes: number): Uint8Array {
    const inside = address >= INSIDE;
    const { window } = inside ? this.inside : this.host;
    const start = address - (inside ? INSIDE : SEEN);
    assert.ok(start >= 0 && start + bytes <= window.bytes, 'no memory of the device');
    return window.u8.subarray(start, start + bytes);
  }

  private readonly gpu = {
    copy: (stream: number, to: Address, from: Address, bytes: number) => {
      if (this.failing !== undefined) throw this.failing;
      this.copies.push({ stream, bytes });
      this.streams[stream].push(() => this.at(to, bytes).set(this.at(from, bytes)));
    },
    writeValues: (stream: number, writes: Float64Array, count: number) => {
      if (this.failing !== undefined) throw this.failing;
      for (let i = 0; i < count; i++) {
        const [address, value] = writes.slice(2 * i, 2 * i + 2);
        this.streams[stream].push(() => this.write(address, value));
      }
    },
  } as unknown as Gpu;

  private write(address: Address, value: number): void {
    const { address: list, deviceStatus } = this.list.share;
    if (address >= SEEN)
      new DataView(this.at(address, 4).buffer).setUint32(address - SEEN, value, true);
    else {
      assert.ok(address >= list);
      Atomics.store(this.list.status, (address - deviceStatus) / 4, value);
    }
  }
}

let made = 0;
