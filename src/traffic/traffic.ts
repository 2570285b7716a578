import type { Mempool } from '../dpdk/mempool.js';
import { Turn } from '../dpdk/turn.js';
import type { Device } from '../gpudev/device.js';
import type { Kernel } from '../kernels/kernel.js';
import { check, FRAME_BYTES, fill, HEAD_BACK, HEAD_SENT, QUEUE } from '../kernels/traffic.js';
import type { IdlePlan } from '../lcore/idle.js';
import { type Disturbed, Lcore } from '../lcore/lcore.js';
import { HostMemory } from '../memory/memory.js';
import type { Address } from '../memory/native.js';
import { Control, Phase, TrafficCount, type traffic } from './control.js';
import {
  BACK_BATCHES,
  CPU_BATCH,
  GPU_BATCH,
  OUT_BATCHES,
  STOCK,
  TrafficMemory,
  type TrafficShare,
} from './share.js';
import type { TrafficSpec } from './spec.js';
import type { TrafficPort } from './traffic-port.js';

const PROGRAM = {
  module: new URL('./traffic-lcore.js', import.meta.url).href,
  export: 'runTraffic',
};

/** Locally administered addresses, EtherType 0x88b5, "WL": what frames begin with. */
const HEAD = Uint8Array.of(2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x88, 0xb5, 0x57, 0x4c);

/** Of a ring, how much a source may fill at once after it was away. */
const MADE_UP_FOR = 0.5;

/** mbufs a traffic port's queue has to itself at most: batches, both rings, an lcore's cache. */
export function trafficMbufs({ slots }: TrafficSpec): number {
  return (OUT_BATCHES + BACK_BATCHES) * GPU_BATCH + 2 * slots + 768;
}

export interface TrafficSetup {
  port: TrafficPort;
  queues: number;
  device: Device;
  /** Whether the GPU writes and checks the frames. */
  onGpu: boolean;
  pool: Mempool;
  delta: number;
  /** Frames come back in segments that the CPU reads. */
  split: boolean;
  /** What becomes of a frame; absent: nothing. */
  kernel?: Kernel;
  idle: IdlePlan;
  /** Frames in all; absent: until halted. */
  frames?: number;
  run: Address;
  tscHz: number;
}

/** What a traffic port reports (`traffic` in the result). */
export interface TrafficResult extends Disturbed {
  /** Times that one of its lcores stood still for 100 µs or longer, and how long in all. */
  stalls: number;
  stalledUs: number;
  /** Frames that were due; sent = offered - missed. */
  offered: number;
  sent: number;
  /** Due, and the ring was full: lost as a NIC loses. */
  missed: number;
  /** Came back; sent = received + lost. */
  received: number;
  /** Frames of them that were looked at: all, or none (`check=0`). */
  checked: number;
  lost: number;
  wrong: number;
  outOfOrder: number;
  duplicated: number;
  mppsOffered: number;
}

/** The lcores at the far end of a traffic port: one a queue, each with memory of its own. */
export class Traffic {
  private readonly memories: HostMemory[] = [];
  private readonly controls: Control[] = [];
  private readonly turns: Turn[] = [];
  private readonly shares: TrafficShare[] = [];
  private lcores: Lcore[] = [];

  private constructor(private readonly setup: TrafficSetup) {}

  /** Lays everything out; on a GPU before any kernel runs there that does not end. */
  static async prepare(setup: TrafficSetup): Promise<Traffic> {
    const made = new Traffic(setup);
    for (let queue = 0; queue < setup.queues; queue++) await made.add(queue);
    return made;
  }

  start(cpu: (queue: number) => number | undefined): Lcore[] {
    this.lcores = this.shares.map(
      (data, queue) =>
        new Lcore({ name: `wl-traffic${queue}`, program: PROGRAM, data, cpu: cpu(queue) }),
    );
    return this.lcores;
  }

  /** No more frames: those under way may come back. */
  halt(): void {
    for (const control of this.controls) control.phase = Math.max(control.phase, Phase.HALT);
  }

  /** Nobody else sends any more: the lcores end with what is there. */
  finish(): void {
    for (const control of this.controls) control.phase = Phase.FINISH;
  }

  /** Whether all that was or will be sent is among the `received` frames of the near port. */
  settled(received: number): boolean {
    return this.controls.every(({ quiet }) => quiet) && received >= this.count('sent');
  }

  get missed(): number {
    return this.count('missed');
  }

  get result(): TrafficResult {
    const [sent, missed, received] = [this.count('sent'), this.missed, this.count('received')];
    const offered = sent + missed;
    const perUs = this.setup.tscHz / 1e6;
    const of = (name: 'startTsc' | 'endTsc') =>
      this.controls.map(({ counts }) => counts[TrafficCount[name]]);
    const seconds = (Math.max(...of('endTsc')) - Math.min(...of('startTsc'))) / this.setup.tscHz;
    return {
      offered,
      sent,
      missed,
      received,
      checked: this.setup.port.spec.check ? received : 0,
      lost: sent - received,
      wrong: this.count('wrong'),
      outOfOrder: this.count('outOfOrder'),
      duplicated: this.count('duplicated'),
      mppsOffered: offered === 0 ? 0 : offered / seconds / 1e6,
      stalls: this.turns.reduce((sum, { stalls }) => sum + stalls, 0),
      stalledUs: this.turns.reduce((sum, turn) => sum + turn.stalledCycles / perUs, 0),
      collections: this.disturbances('collections'),
      preemptions: this.disturbances('preemptions'),
    };
  }

  /** Of all its lcores. */
  private disturbances(what: keyof Disturbed): number {
    return this.lcores.reduce((sum, { disturbed }) => sum + (disturbed?.[what] ?? 0), 0);
  }

  /** The lcores must have ended, and the device be closed. */
  close(): void {
    for (const memory of this.memories) memory.release();
  }

  private async add(queue: number): Promise<void> {
    const { setup } = this;
    const { port, queues, pool, tscHz, frames } = setup;
    const { size, mpps, check, slots } = port.spec;
    const onGpu = setup.onGpu && check;
    const batch = check ? (onGpu ? GPU_BATCH : CPU_BATCH) : STOCK;
    const host = new HostMemory(TrafficMemory.bytes(batch));
    this.memories.push(host);
    const { address, bytes } = host;
    const { words, window, turn } = new TrafficMemory(address, batch);
    this.controls.push(new Control(window, address));
    this.turns.push(new Turn(window, turn));
    this.describe(words, queue);
    const own = frames && Math.floor(frames / queues) + (queue < frames % queues ? 1 : 0);
    this.shares.push({
      port: port.far.id,
      queue,
      frames: own,
      size,
      rate: mpps && (mpps * 1e6) / queues / tscHz,
      bucket: slots * MADE_UP_FOR,
      cyclesPerUs: tscHz / 1e6,
      batch,
      idle: setup.idle,
      run: setup.run,
      mempool: pool.handle,
      pool: pool.span,
      delta: setup.delta,
      check,
      join: setup.split,
      memory: { address, bytes },
      gpu: onGpu ? await this.onDevice(address, bytes) : undefined,
    });
  }

  private async onDevice(address: Address, bytes: number) {
    const { device } = this.setup;
    const { gpu, handle } = device;
    return {
      device: handle,
      fill: await gpu.load(fill),
      check: await gpu.load(check),
      streams: Array.from({ length: OUT_BATCHES + BACK_BATCHES }, () => gpu.createStream()),
      toDevice: device.register(address, bytes) - address,
    };
  }

  private describe(words: Uint32Array, queue: number): void {
    const { kernel, port } = this.setup;
    const head = new Uint32Array(HEAD.buffer);
    words.set(head, HEAD_SENT);
    words.set(head, HEAD_BACK);
    kernel?.expect(words, HEAD_BACK, port.spec.size);
    words[FRAME_BYTES] = port.spec.size;
    words[QUEUE] = queue;
  }

  private count(name: keyof typeof traffic): number {
    return this.controls.reduce((sum, { counts }) => sum + counts[TrafficCount[name]], 0);
  }
}
