import { type Gpu, KERNEL_ARGS } from '../gpudev/driver.js';
import {
  FRAMES_A_BLOCK,
  type FrameView,
  fillFrame,
  frameIsRight,
  sequenceOf,
} from '../kernels/traffic.js';
import { windowAt } from '../memory/memory.js';
import type { TrafficGpu, TrafficMemory, TrafficShare } from './share.js';

/** Who writes and checks the frames of a batch: the CPU at once, or a GPU meanwhile. */
export interface Hand {
  /** Writes frames with numbers from `sequence` on; to be asked with `done` before they are sent. */
  fill(batch: number, count: number, sequence: number): void;
  /** Checks frames; their verdicts are there when `done` says so. */
  check(batch: number, count: number): void;
  done(batch: number): boolean;
  /** Waits until everything is done. */
  finish(): void;
}

/** Frames that the CPU reads and writes. */
export class CpuHand implements Hand {
  private readonly view: FrameView;

  constructor(
    private readonly memory: TrafficMemory,
    { pool, delta }: TrafficShare,
  ) {
    const { u32 } = windowAt(pool.address, pool.bytes);
    const origin = (pool.address + delta) % 2 ** 32;
    this.view = { packets: memory.window.u32, u32, origin };
  }

  fill(batch: number, count: number, sequence: number): void {
    const { memory, view } = this;
    const first = memory.word(memory.packets(batch));
    for (let i = 0; i < count; i++)
      fillFrame(view, first + 4 * i, memory.words, (sequence + i) >>> 0);
  }

  check(batch: number, count: number): void {
    const { memory, view } = this;
    const { u32 } = memory.window;
    const first = memory.word(memory.packets(batch));
    const verdicts = memory.word(memory.verdicts(batch));
    for (let i = 0; i < count; i++) {
      const at = first + 4 * i;
      u32[verdicts + 2 * i] = sequenceOf(view, at);
      u32[verdicts + 2 * i + 1] = frameIsRight(view, at, memory.words) ? 0 : 1;
    }
  }

  done(): boolean {
    return true;
  }

  finish(): void {}
}

/** Frames in a GPU's memory: a launch a batch, each batch on a stream of its own. */
export class GpuHand implements Hand {
  private readonly args = new Float64Array(KERNEL_ARGS);

  constructor(
    private readonly memory: TrafficMemory,
    private readonly gpu: Gpu,
    private readonly on: TrafficGpu,
  ) {}

  fill(batch: number, count: number, sequence: number): void {
    this.launch(this.on.fill, batch, count, sequence);
  }

  check(batch: number, count: number): void {
    const { memory, on } = this;
    this.launch(on.check, batch, count, memory.verdicts(batch) + on.toDevice);
  }

  done(batch: number): boolean {
    return this.gpu.idle(this.on.streams[batch]);
  }

  finish(): void {
    for (const stream of this.on.streams) this.gpu.synchronize(stream);
  }

  private launch(kernel: number, batch: number, count: number, last: number): void {
    const { args, gpu, memory, on } = this;
    args[0] = memory.settings + on.toDevice;
    args[1] = memory.packets(batch) + on.toDevice;
    args[2] = count;
    args[3] = last;
    gpu.launch(on.streams[batch], kernel, Math.ceil(count / FRAMES_A_BLOCK), args);
  }
}
