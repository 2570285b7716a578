import { fail } from '../errors.js';
import { CommList, STATUS_STRIDE, Status } from '../gpudev/comm-list.js';
import { Device } from '../gpudev/device.js';
import type { Gpu, KernelId, StreamId } from '../gpudev/driver.js';
import { raiseFault } from '../gpudev/fault.js';
import { ExitWord } from '../kernels/exit-word.js';
import { entry, listArgs } from '../kernels/kernel.js';
import { macSwap } from '../kernels/mac-swap.js';
import { HostMemory, storeAddress } from '../memory/memory.js';
import { type Address, native } from '../memory/native.js';

/** Where the packets of a list lie, as DESIGN §4 names it. */
export type FrameMemory = 'host' | 'gpu';

/** Polls between two looks at the clock and at the GPU's health. */
const LOOK = 4096;
/** An item takes microseconds; one that takes so long will never be done. */
const LIMIT_SECONDS = 5;
/** Bytes of a frame, and from one frame to the next, as in a mempool of ours. */
const FRAME = 1024;
const STRIDE = 2304;

/**
 * What the floor is measured with: one device, the two kernels every method is made of, and lists
 * of full items. No port, no mbufs, no lcores: one thread that makes the calls and polls.
 */
export class FloorStand {
  readonly gpu: Gpu;
  private readonly exitMemory = new HostMemory(ExitWord.BYTES);
  private readonly exit: ExitWord;
  private readonly frames: HostMemory[] = [];
  /** Threads that stand in for the GPU need the CPU this one polls on. */
  private readonly yields: boolean;

  private constructor(
    readonly device: Device,
    readonly perItem: KernelId,
    private readonly polling: KernelId,
  ) {
    this.gpu = device.gpu;
    const { address, bytes } = this.exitMemory;
    this.exit = new ExitWord(this.exitMemory, device.register(address, bytes));
    this.yields = device.info.hostThreads + 1 > native.lcoreCpus().length;
  }

  static async open(spec: string): Promise<FloorStand> {
    const device = await Device.open(spec);
    try {
      // Both now: where a kernel never ends, loading another may wait for it.
      const perItem = await device.gpu.load(entry(macSwap, 'items'));
      return new FloorStand(device, perItem, await device.gpu.load(entry(macSwap, 'persistent')));
    } catch (error) {
      await device.close();
      throw error;
    }
  }

  /** Ends what runs on the device; only then may its memory go. */
  async close(): Promise<void> {
    this.exit.raise();
    await this.device.close();
    for (const memory of [this.exitMemory, ...this.frames]) memory.release();
  }

  /** A list of FREE items of so many frames each: marked READY, an item is as after a receive. */
  list(items: number, packets: number, memory: FrameMemory): CommList {
    const list = CommList.create(this.device, { items, packets: Math.max(packets, 1) });
    const frames = this.frameMemory(memory, Math.max(items * packets, 1) * STRIDE);
    for (let item = 0; item < items; item++) {
      const first = list.firstWord(item);
      for (let p = 0; p < packets; p++) {
        storeAddress(list.words, first + 4 * p, frames + (item * packets + p) * STRIDE);
        storeAddress(list.words, first + 4 * p + 2, FRAME);
      }
      list.setCount(item, packets);
    }
    return list;
  }

  /** Arguments of the `items` kernel (src/kernels/entries.ts). */
  args(list: CommList, first: number, done: 0 | 1): Float64Array {
    return Float64Array.from(listArgs(list, first, done, 0));
  }

  /** Runs `body` beside a persistent kernel of so many blocks, which polls the list meanwhile. */
  beside(list: CommList, blocks: number, body: () => void): void {
    const { gpu, exit } = this;
    const stream = gpu.createStream();
    const args = Float64Array.from(listArgs(list, 0, exit.address, 0));
    exit.lower();
    gpu.launch(stream, this.polling, blocks, args);
    try {
      body();
    } finally {
      exit.raise();
    }
    this.end(stream);
  }

  /** Waits for a stream's work and lets go of it. */
  end(stream: StreamId): void {
    this.gpu.synchronize(stream);
    this.gpu.destroyStream(stream);
  }

  ready(list: CommList, item: number): void {
    Atomics.store(list.status, item * STATUS_STRIDE, Status.READY);
  }

  /** Polls until the item is DONE. @throws BENCH_STALLED, or what the GPU is lost for. */
  settle(list: CommList, item: number, what: string): void {
    const { status } = list;
    const word = item * STATUS_STRIDE;
    let since = 0;
    for (let polls = 1; Atomics.load(status, word) !== Status.DONE; polls++) {
      if (this.yields) native.lcoreYield();
      if (polls % LOOK !== 0) continue;
      raiseFault(this.gpu);
      since ||= performance.now();
      if (performance.now() - since < LIMIT_SECONDS * 1000) continue;
      fail('BENCH_STALLED', { device: this.device.name, what, seconds: LIMIT_SECONDS });
    }
  }

  private frameMemory(kind: FrameMemory, bytes: number): Address {
    if (kind === 'gpu') return this.device.allocate(bytes);
    const memory = new HostMemory(bytes);
    this.frames.push(memory);
    return this.device.register(memory.address, memory.bytes);
  }
}
