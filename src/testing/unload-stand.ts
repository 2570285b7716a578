import assert from 'node:assert/strict';
import type { Mempool } from '../dpdk/mempool.js';
import { CommList, STATUS_STRIDE, Status } from '../gpudev/comm-list.js';
import { Device } from '../gpudev/device.js';
import type { Gpu } from '../gpudev/driver.js';
import type { Block, DeviceSpan } from '../gpudev/drivers/software/block.js';
import { unloadSegments } from '../kernels/unload.js';
import { HostMemory, windowAt } from '../memory/memory.js';
import { type Address, native } from '../memory/native.js';
import { twinsOf, UnloadingOutbound, type UnloadShare, unloadBytes } from '../methods/unloading.js';
import { MbufArray } from './mbuf-array.js';
import { PlainGpu } from './plain-gpu.js';

const { FREE, READY, DONE } = Status;
let made = 0;

/**
 * A stand for unloading: mbufs, list and kernel are real; RX end, TX end and the stream are played in
 * one thread, a step at a time. So every interleaving can be had.
 */
export class UnloadStand {
  readonly list: CommList;
  readonly outbound: UnloadingOutbound;
  /** Segments of each kernel that was launched. */
  readonly launches: number[] = [];
  /** What the device's calls throw. */
  failing: Error | undefined;
  handed = 0;
  freed = 0;

  private readonly device: Device;
  private readonly host: HostMemory;
  private readonly share: UnloadShare;
  private readonly mbufs: MbufArray;
  private readonly stream: (() => void)[] = [];
  /** Frames of the item at each place. */
  private readonly frames: (readonly Uint8Array[])[] = [];

  constructor(
    private readonly inDevice: Mempool,
    private readonly inHost: Mempool,
    items: number,
    burst: number,
  ) {
    this.device = Device.adopt(`unload-stand-${++made}`, new PlainGpu());
    this.list = CommList.create(this.device, { items, packets: burst });
    this.mbufs = new MbufArray(burst);
    const slots = inDevice.size;
    this.host = new HostMemory(unloadBytes(this.list, slots));
    const { address } = this.host;
    const own = { host: address, hostSeen: address, pool: inHost.handle };
    this.share = { ...own, slots, toDelta: 0, kernel: 0, stream: 0, behind: false };
    const { gpu, list, share } = this;
    this.outbound = new UnloadingOutbound({ gpu, list, share, delta: 0, describe: false });
  }

  /** The RX end and the kernel: the next item has these frames and this status. */
  hand(frames: readonly Uint8Array[], status: number = DONE): void {
    const { list, handed } = this;
    const item = handed % list.items;
    assert.equal(this.status(item), FREE, 'handed on before it was free');
    this.mbufs.fill(this.inDevice, frames);
    const pointers = windowAt(this.mbufs.at(0), 8 * frames.length + 8).u32;
    windowAt(list.mbufsAddress(item), 8 * list.packets).u32.set(
      pointers.subarray(0, 2 * frames.length),
    );
    list.setCount(item, frames.length);
    this.frames[item] = frames.map((frame) => Uint8Array.from(frame));
    Atomics.store(list.status, item * STATUS_STRIDE, status);
    this.handed++;
  }

  /** What the TX end finds. */
  sendable(): number {
    return this.freed === this.handed
      ? READY
      : this.outbound.statusOf(this.freed % this.list.items, this.freed);
  }

  /** One work of the stream is done, if there is one. */
  step(): void {
    this.stream.shift()?.();
  }

  stepAll(): void {
    while (this.stream.length !== 0) this.step();
  }

  /** The TX end sends the item, which must hold its frames, or drops it. */
  send(): void {
    const { list } = this;
    const item = this.freed % list.items;
    const count = list.count(item);
    const pointers = windowAt(list.mbufsAddress(item), 8 * list.packets).u32;
    windowAt(this.mbufs.at(0), 8 * count + 8).u32.set(pointers.subarray(0, 2 * count));
    assert.deepEqual(this.mbufs.frames(count), this.frames[item]);
    const before = this.inDevice.available;
    native.mbufFree(list.mbufsAddress(item), count);
    if (this.status(item) === DONE)
      assert.equal(this.inDevice.available, before, 'it was sent from device memory');
    list.setCount(item, 0);
    Atomics.store(list.status, item * STATUS_STRIDE, FREE);
    this.freed++;
  }

  /** Twins that no item has. */
  get waiting(): number {
    return this.inHost.size - this.inHost.available;
  }

  /** What is done after a run that was given up. */
  freeTwins(): void {
    const { address, count } = twinsOf(this.list, this.share);
    native.mbufFree(address, count);
  }

  async close(): Promise<void> {
    await this.device.close();
    for (const memory of [this.host, this.mbufs]) memory.release();
  }

  private status(item: number): number {
    return Atomics.load(this.list.status, item * STATUS_STRIDE);
  }

  private readonly gpu = {
    launch: (_stream: number, _kernel: number, count: number, from: Float64Array) => {
      if (this.failing !== undefined) throw this.failing;
      const args = from.slice();
      this.launches.push(args[2]);
      const { memory } = this;
      this.stream.push(() => {
        for (let index = 0; index < count; index++)
          unloadSegments({ args, index, count, memory } as Block);
      });
    },
    writeValues: (_stream: number, from: Float64Array, count: number) => {
      if (this.failing !== undefined) throw this.failing;
      const writes = from.slice(0, 2 * count);
      this.stream.push(() => {
        for (let i = 0; i < count; i++) {
          const { i32 } = windowAt(this.host.address, this.host.bytes);
          Atomics.store(i32, (writes[2 * i] - this.host.address) / 4, writes[2 * i + 1]);
        }
      });
    },
  } as unknown as Gpu;

  /** The device sees what it was given, where the CPU sees it. */
  private readonly memory = {
    span: (address: Address, bytes: number) => this.spanAt(address, bytes),
    spanOf: (low: number, high: number, bytes: number) => this.spanAt(high * 2 ** 32 + low, bytes),
  };

  private spanAt(address: Address, bytes: number): DeviceSpan {
    const all = [this.host, this.inDevice.span, this.inHost.span];
    const found = all.find(
      (one) => address >= one.address && address + bytes <= one.address + one.bytes,
    );
    assert.ok(found !== undefined, 'no memory of the device');
    const window = windowAt(found.address, found.bytes);
    return { address: found.address, bytes: found.bytes, origin: window.origin, high: 0, window };
  }
}
