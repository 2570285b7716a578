import type { Device } from '../../gpudev/device.js';
import type { EventId } from '../../gpudev/driver.js';
import { SAMPLE_BYTES } from '../../kernels/sample.js';
import { HostMemory, roundUp } from '../../memory/memory.js';
import type { Address } from '../../memory/native.js';
import type { TraceShare } from '../../methods/traced.js';
import { type RecorderShare, recorderBytes, type WindowPlan } from '../../telemetry/recorder.js';

/** Windows of a trace: each after twice as many items as the one before, so few cover days. */
const WINDOWS = 16;
/** Items that are recorded beside those wanted, at most: what may be under way between the ends. */
const MARGIN = 512;
/** The second window comes after so many items at least: lcores' code has been compiled by then … */
const NEXT = 8192;
/** … and for each item of a window there are so many. */
const SHARE = 8;
/** Notes for each item of a window: what comes in many small bursts has more, and loses some. */
const NOTES_AN_ITEM = 6;
/** Pairs of events, over all paths and windows: a device has room for 4,096 events in all. */
const COPY_EVENTS = 3072;

/** What a run with `--trace` needs to know of itself. */
export interface TraceNeeds {
  paths: number;
  /** Items of a list, and items of each window that a person wants to see whole. */
  listItems: number;
  wanted: number;
  /** Run to completion. */
  turns: boolean;
  /** Kernels take samples. */
  samples: boolean;
  /** Packets are staged: copies are timed. */
  copies: boolean;
}

/** Memory for what a run records: recorders of each path, and samples of its kernels. */
export class TraceMemory {
  readonly plan: WindowPlan;
  private readonly memory: HostMemory;
  private readonly seen: Address;
  private readonly room: number;
  /** Device memory of the samples of all paths; 0: none are taken. */
  private readonly deviceSamples: Address;
  private readonly events: EventId[];

  /** It goes with the device. Errors: those of allocating, registering and creating events. */
  constructor(
    private readonly device: Device,
    private readonly needs: TraceNeeds,
  ) {
    const { listItems, wanted, paths } = needs;
    const items = wanted + 2 * Math.min(listItems, MARGIN);
    const next = roundUp(Math.max(NEXT, SHARE * items), listItems);
    this.plan = { items, next, windows: WINDOWS };
    this.room = NOTES_AN_ITEM * items;
    this.memory = new HostMemory(paths * (2 * this.recorder + this.samples));
    device.own(this.memory);
    this.deviceSamples = needs.samples ? device.allocate(paths * this.samples) : 0;
    this.seen = needs.samples ? device.register(this.memory.address, this.memory.bytes) : 0;
    const pairs = Math.floor(COPY_EVENTS / (2 * WINDOWS * 2 * paths)) * WINDOWS * 2 * paths;
    const events = needs.copies ? 2 * pairs : 0;
    this.events = Array.from({ length: events }, () => device.gpu.createEvent());
  }

  /** Where kernels write the samples of a path's list; undefined: they take none. */
  samplesOf(path: number): Address | undefined {
    return this.needs.samples ? this.deviceSamples + path * this.samples : undefined;
  }

  share(path: number): TraceShare {
    const each = this.events.length / (2 * this.needs.paths);
    const events = (side: number) => this.events.slice(side * each, (side + 1) * each);
    return {
      plan: this.plan,
      rx: this.recorderAt(2 * path),
      tx: this.recorderAt(2 * path + 1),
      turns: this.needs.turns,
      rxEvents: events(2 * path),
      txEvents: events(2 * path + 1),
    };
  }

  /** Brings the samples of all paths to the host; nothing runs on the device any more. */
  fetchSamples(): void {
    if (!this.needs.samples) return;
    const { gpu } = this.device;
    const stream = gpu.createStream();
    const bytes = this.needs.paths * this.samples;
    gpu.copy(stream, this.seen + this.samplesAt, this.deviceSamples, bytes);
    gpu.synchronize(stream);
    gpu.destroyStream(stream);
  }

  /** The samples of a path, SAMPLE_BYTES each, as they were fetched: empty ones are 0. */
  fetched(path: number): { u32: Uint32Array; u64: BigUint64Array } {
    const { buffer } = this.memory.window;
    const at = this.samplesAt + path * this.samples;
    const u32 = new Uint32Array(buffer, at, this.samples / 4);
    return { u32, u64: new BigUint64Array(buffer, at, this.samples / 8) };
  }

  private get recorder(): number {
    return roundUp(recorderBytes(WINDOWS, this.room), 64);
  }

  private get samples(): number {
    return this.needs.samples ? WINDOWS * this.plan.items * SAMPLE_BYTES : 0;
  }

  /** Of the host memory, behind the recorders. */
  private get samplesAt(): number {
    return 2 * this.needs.paths * this.recorder;
  }

  private recorderAt(n: number): RecorderShare {
    const { address, bytes } = this.memory;
    const at = address + n * this.recorder;
    return { memory: { address, bytes }, address: at, windows: WINDOWS, room: this.room };
  }
}
