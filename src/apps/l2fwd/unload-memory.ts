import { Mempool } from '../../dpdk/mempool.js';
import type { CommList } from '../../gpudev/comm-list.js';
import type { Device } from '../../gpudev/device.js';
import type { KernelId } from '../../gpudev/driver.js';
import { HostMemory } from '../../memory/memory.js';
import { type UnloadShare, unloadBytes } from '../../methods/unloading.js';
import { PER_QUEUE, type Plan } from './plan.js';

/**
 * What a run needs to send frames from device memory through ports that read them with the CPU
 * (src/methods/unloading.ts): a second mempool, in host memory that the device writes.
 */
export class UnloadMemory {
  private constructor(
    readonly pool: Mempool,
    private readonly device: Device,
    private readonly toDelta: number,
    private readonly slots: number,
    private readonly behind: boolean,
  ) {}

  /**
   * Every mbuf in device memory may have a twin under way, and every TX queue may keep as many as
   * any queue may. `behind`: first segments are in host memory. The errors are those of making a
   * mempool and of registering it.
   */
  static create(
    device: Device,
    { mbufs, frameBytes, pathCount }: Plan,
    behind: boolean,
  ): UnloadMemory {
    const count = mbufs + pathCount * PER_QUEUE;
    const pool = Mempool.create({ name: 'unloaded', mbufs: count, frameBytes, lifo: true });
    try {
      const { address, bytes } = pool.span;
      const toDelta = device.register(address, bytes) - address;
      return new UnloadMemory(pool, device, toDelta, mbufs, behind);
    } catch (error) {
      pool.free();
      throw error;
    }
  }

  /** A path's own: before anything runs on the device. It goes with the device. */
  share(list: CommList, kernel: KernelId): UnloadShare {
    const { device, pool, toDelta, slots, behind } = this;
    const memory = new HostMemory(unloadBytes(list, slots));
    device.own(memory);
    return {
      host: memory.address,
      hostSeen: device.register(memory.address, memory.bytes),
      slots,
      pool: pool.handle,
      toDelta,
      kernel,
      stream: device.gpu.createStream(),
      behind,
    };
  }

  /** The ports must be closed, and the device. */
  close(): void {
    this.pool.free();
  }
}
