import { FRAME_MAKER_BYTES } from '../dpdk/frame-maker.js';
import { TURN_BYTES } from '../dpdk/turn.js';
import type { DeviceHandle } from '../gpudev/device.js';
import type { KernelId, StreamId } from '../gpudev/driver.js';
import { SETTINGS_BYTES } from '../kernels/traffic.js';
import type { IdlePlan } from '../lcore/idle.js';
import { roundUp, type Window, windowAt } from '../memory/memory.js';
import type { Address, Handle } from '../memory/native.js';
import { CONTROL_BYTES } from './control.js';

/** Batches of frames on their way out, and on their way back. */
export const [OUT_BATCHES, BACK_BATCHES] = [2, 2];
/** Frames of a batch: a GPU's launch wants many, the CPU had better not be away for long. */
export const [GPU_BATCH, CPU_BATCH] = [512, 32];
/** Frames that a Carousel has at hand. */
export const STOCK = 512;

/** Frames that an lcore prepares or counts between two turns: it is never away for long. */
export const CHUNK = 32;

/** One queue of a traffic port; plain data, for `postMessage`. */
export interface TrafficShare {
  /** The far port and its queue. */
  port: number;
  queue: number;
  /** Of all frames of this queue; absent: until told to halt. */
  frames?: number;
  size: number;
  /** Frames a cycle of the time-stamp counter; absent: as fast as the ring takes them. */
  rate?: number;
  /** Frames that may be due at once: what it makes up for after a pause of its own. */
  bucket: number;
  /** Cycles in a microsecond. */
  cyclesPerUs: number;
  /** Frames of a batch, or of the stock of those that are not checked. */
  batch: number;
  idle: IdlePlan;
  run: Address;
  mempool: Handle;
  /** Buffers of the mempool, as the CPU sees them; device address minus CPU address of a frame. */
  pool: { address: Address; bytes: number };
  delta: number;
  /** Memory of TrafficMemory's layout. */
  memory: { address: Address; bytes: number };
  /** Whether frames are written and checked at all. */
  check: boolean;
  /** Whether frames come back in segments, and are joined before they are checked. */
  join: boolean;
  /** Where frames are written and checked by a GPU; absent: by the CPU. */
  gpu?: TrafficGpu;
}

export interface TrafficGpu {
  device: DeviceHandle;
  fill: KernelId;
  check: KernelId;
  /** A stream for each batch. */
  streams: StreamId[];
  /** Device address minus CPU address of the share's memory. */
  toDevice: number;
}

/*
 * What a queue's lcore keeps in memory that others see (the main thread, a GPU):
 *
 *   control │ turn │ maker │ settings │ batch 0: mbufs*[n], packets {addr, size}[n], verdicts[n] │ batch 1 …
 */
const TURN = CONTROL_BYTES;
const MAKER = TURN + TURN_BYTES;
const SETTINGS = MAKER + FRAME_MAKER_BYTES;
const BATCHES = SETTINGS + SETTINGS_BYTES;
const [POINTER, DESCRIPTOR, VERDICT] = [8, 16, 8];

export class TrafficMemory {
  readonly window: Window;
  readonly turn: Address;
  /** Of a FrameMaker. */
  readonly maker: Address;
  readonly settings: Address;
  /** The settings' words. */
  readonly words: Uint32Array;
  private readonly stride: number;

  constructor(
    readonly address: Address,
    private readonly batch: number,
  ) {
    this.window = windowAt(address, TrafficMemory.bytes(batch));
    this.turn = address + TURN;
    this.maker = address + MAKER;
    this.settings = address + SETTINGS;
    this.words = this.window.u32.subarray(SETTINGS / 4, BATCHES / 4);
    this.stride = TrafficMemory.stride(batch);
  }

  static bytes(batch: number): number {
    return BATCHES + (OUT_BATCHES + BACK_BATCHES) * TrafficMemory.stride(batch);
  }

  private static stride(batch: number): number {
    return roundUp(batch * (POINTER + DESCRIPTOR + VERDICT), 64);
  }

  mbufs(batch: number): Address {
    return this.address + BATCHES + batch * this.stride;
  }

  packets(batch: number): Address {
    return this.mbufs(batch) + this.batch * POINTER;
  }

  verdicts(batch: number): Address {
    return this.packets(batch) + this.batch * DESCRIPTOR;
  }

  /** The word of `window.u32` at an address. */
  word(address: Address): number {
    return (address - this.address) / 4;
  }
}
