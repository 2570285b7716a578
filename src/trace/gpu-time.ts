import type { Device } from '../gpudev/device.js';
import { KERNEL_ARGS, type KernelId, type StreamId } from '../gpudev/driver.js';
import {
  ANSWERED,
  ASKED,
  CLOCK_BYTES,
  deviceClock,
  RESOLUTION,
  TIME,
} from '../kernels/device-clock.js';
import { HostMemory } from '../memory/memory.js';
import { native } from '../memory/native.js';
import { matchClocks, type Pair } from './align.js';

/** Questions of one comparison: the one that was answered soonest counts. */
const ROUNDS = 200;
/** How long all of them may take; the kernel gives up after a second by itself. */
const PATIENCE_MS = 500;

/** A device's own clock beside the CPU's. */
export interface GpuTime {
  /** Nanoseconds by which the device's clock moves on; 0: it is the CPU's. */
  readonly resolutionNs: number;
  /** Cycles that the two may be off by, where they are two. */
  readonly error: number;
  /** Compares the clocks: once before anything runs there, and once after. */
  compare(): void;
  /** From a device's time, as samples have it, to the time-stamp counter. */
  toTsc(time: bigint): number;
}

/** The software device's multiprocessors read the CPU's own counter. */
const SAME: GpuTime = { resolutionNs: 0, error: 0, compare() {}, toTsc: Number };

/** Errors: those of loading a kernel, allocating and registering. */
export async function gpuTime(device: Device, tscHz: number): Promise<GpuTime> {
  if (device.info.driver === 'software') return SAME;
  const kernel = await device.gpu.load(deviceClock);
  const memory = new HostMemory(CLOCK_BYTES);
  device.own(memory);
  const seen = device.register(memory.address, memory.bytes);
  return new OtherClock(device, kernel, memory, seen, tscHz);
}

class OtherClock implements GpuTime {
  resolutionNs = 0;
  private readonly pairs: Pair[] = [];
  private readonly stream: StreamId;
  private readonly args = new Float64Array(KERNEL_ARGS);

  constructor(
    private readonly device: Device,
    private readonly kernel: KernelId,
    private readonly memory: HostMemory,
    seen: number,
    private readonly tscHz: number,
  ) {
    this.stream = device.gpu.createStream();
    this.args[0] = seen;
    this.args[1] = ROUNDS;
  }

  get error(): number {
    return Math.max(0, ...this.pairs.map((pair) => pair.error));
  }

  compare(): void {
    const { gpu } = this.device;
    const { i32 } = this.memory.window;
    Atomics.store(i32, ASKED / 4, 0);
    Atomics.store(i32, ANSWERED / 4, 0);
    gpu.launch(this.stream, this.kernel, 1, this.args);
    const answers = this.ask(i32);
    gpu.synchronize(this.stream);
    const best = answers.toSorted((a, b) => a.error - b.error).at(0);
    if (best !== undefined) this.pairs.push(best);
  }

  toTsc(time: bigint): number {
    const [start, end] = this.pairs;
    return start === undefined ? Number.NaN : matchClocks(start, end, this.tscHz)(time);
  }

  private ask(i32: Int32Array): Pair[] {
    const { buffer } = this.memory.window;
    const longs = new BigUint64Array(buffer, 0, CLOCK_BYTES / 8);
    const answers: Pair[] = [];
    const end = performance.now() + PATIENCE_MS;
    for (let n = 1; n <= ROUNDS; n++) {
      const before = native.tsc();
      Atomics.store(i32, ASKED / 4, n);
      while (Atomics.load(i32, ANSWERED / 4) !== n) if (performance.now() > end) return answers;
      const after = native.tsc();
      const tsc = (before + after) / 2;
      answers.push({ tsc, device: longs[TIME / 8], error: after - tsc });
    }
    this.resolutionNs = Number(longs[RESOLUTION / 8]);
    return answers;
  }
}
