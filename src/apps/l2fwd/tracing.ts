import { writeFileSync } from 'node:fs';
import { Eal } from '../../dpdk/eal.js';
import { WarplineError } from '../../errors.js';
import type { EventId, Gpu } from '../../gpudev/driver.js';
import { SAMPLE_BYTES } from '../../kernels/sample.js';
import type { Prepared } from '../../methods/method.js';
import { Note, type Noted, Recorder, windowStart } from '../../telemetry/recorder.js';
import { moved, nudge } from '../../trace/align.js';
import { chromeTrace } from '../../trace/chrome.js';
import { drawTimeline, type PathTrace } from '../../trace/draw.js';
import { type GpuTime, gpuTime } from '../../trace/gpu-time.js';
import { type CopyTime, itemsOf, type KernelTime, type WindowTrace } from '../../trace/items.js';
import { encodeTrace } from '../../trace/perfetto.js';
import { commit, version } from '../../version.js';
import type { TraceResult } from './result.js';
import type { Rig } from './rig.js';
import { TraceMemory } from './trace-memory.js';

/** A run's trace, `--trace FILE`: from the memory it is recorded in to the file. */
export class Tracing {
  readonly memory: TraceMemory;
  private time: GpuTime | undefined;
  /** Most that kernels were moved by, in cycles: what was left of the clocks' error. */
  private moved = 0;

  constructor(
    private readonly rig: Rig,
    private readonly file: string,
  ) {
    const { plan, options, method, device } = rig;
    const staged = options.memory === 'staged' && method.prepare !== undefined;
    this.memory = new TraceMemory(device, {
      paths: plan.pathCount,
      listItems: plan.items,
      wanted: options.traceItems,
      turns: method.runToCompletion ?? false,
      samples: rig.kernel.traced === true,
      copies: staged,
    });
  }

  /** Compares the clocks: nothing runs on the device yet. */
  async start(): Promise<void> {
    if (!this.rig.kernel.traced) return;
    this.time = await gpuTime(this.rig.device, Eal.tscHz);
    this.time.compare();
  }

  /** Writes the file: the lcores have ended, and what ran on the device, if `well`. */
  finish(prepared: Prepared[], well: boolean): TraceResult {
    const { rig, file } = this;
    if (well) {
      this.time?.compare();
      this.memory.fetchSamples();
    }
    const paths = rig.shares.map((_, path) => this.path(path, prepared[path], well));
    const timeline = drawTimeline(
      `warpline l2fwd ${rig.options.method}`,
      this.about(paths),
      paths,
      1e9 / Eal.tscHz,
    );
    // The name says which: Perfetto's own format, or the one that is JSON.
    const encode = file.endsWith('.json') ? chromeTrace : encodeTrace;
    const bytes = encode(timeline, process.pid);
    try {
      writeFileSync(file, bytes);
    } catch (error) {
      const reason = (error as Error).message;
      throw new WarplineError('TRACE_UNWRITTEN', { file, reason });
    }
    const slices = timeline.tracks.reduce((sum, track) => sum + track.slices.length, 0);
    return { file, windows: windowsOf(paths), tracks: timeline.tracks.length, slices };
  }

  private path(index: number, prepared: Prepared | undefined, well: boolean): PathTrace {
    const { method, plan, shares, options } = this.rig;
    const windows = Array.from({ length: this.memory.plan.windows }, (_, window) =>
      this.window(index, window, well),
    ).filter((window) => window !== undefined);
    const alone = Object.keys(method.lcores).length === 1;
    const number = method.runToCompletion ? shares[index].queue : index;
    const perGraph = prepared?.posted.perGraph as number | undefined;
    return {
      index,
      rxName: alone ? `lcore ${number}` : `RX lcore ${number}`,
      txName: alone ? `lcore ${number}` : `TX lcore ${number}`,
      listItems: plan.items,
      windows,
      onDevice: method.prepare !== undefined,
      lane: (n, { block }) => (perGraph === undefined ? `block ${block}` : graphLane(n, perGraph)),
      waits: options.method === 'persistent' ? 'polls for' : 'awaits',
    };
  }

  private window(path: number, window: number, well: boolean): WindowTrace | undefined {
    const share = this.memory.share(path);
    const rx = Recorder.read(share.rx, window);
    if (rx === undefined) return undefined;
    if (share.turns) return { rx, kernels: new Map(), copies: [] };
    const tx = Recorder.read(share.tx, window) ?? { notes: [], lost: 0, opened: 0, closed: 0 };
    const { gpu } = this.rig.device;
    const copies = well
      ? [...copyTimes(gpu, rx.notes, share.rxEvents), ...copyTimes(gpu, tx.notes, share.txEvents)]
      : [];
    const sampled = well ? this.kernels(path, window) : new Map<number, KernelTime>();
    const by = nudge(itemsOf({ rx, tx, kernels: sampled, copies }).values());
    this.moved = Math.max(this.moved, Math.abs(by));
    const kernels = new Map([...sampled].map(([n, time]) => [n, moved(time, by)]));
    return { rx, tx, kernels, copies };
  }

  /** The samples of a window, by item. */
  private kernels(path: number, window: number): Map<number, KernelTime> {
    const { time, memory } = this;
    const kernels = new Map<number, KernelTime>();
    if (time === undefined) return kernels;
    const { items } = memory.plan;
    const { u32, u64 } = memory.fetched(path);
    const first = windowStart(memory.plan, window);
    for (let n = 0; n < items; n++) {
      const at = ((window * items + n) * SAMPLE_BYTES) / 8;
      if (u64[at + 2] === 0n) continue;
      const [began, start, end] = [0, 1, 2].map((i) => time.toTsc(u64[at + i]));
      const [block, processor] = [u32[2 * at + 6], u32[2 * at + 7]];
      kernels.set(first + n, { began, start, end, block, processor });
    }
    return kernels;
  }

  private about(paths: PathTrace[]): Record<string, string | number> {
    const { options, device, method, plan } = this.rig;
    const us = (cycles: number) => Math.round((cycles * 1e9) / Eal.tscHz) / 1000;
    const lost = paths
      .flatMap(({ windows }) => windows.flatMap(({ rx, tx }) => [rx.lost, tx?.lost ?? 0]))
      .reduce((sum, n) => sum + n, 0);
    return {
      version,
      commit: commit(),
      date: new Date().toISOString(),
      method: options.method,
      device: device.info.name,
      memory: options.memory,
      burst: options.burst,
      items: plan.items,
      pipelines: options.pipelines,
      lcores: Object.keys(method.lcores).length,
      'items of a window': this.memory.plan.items,
      'notes without room': lost,
      ...(this.time && {
        'GPU clock': this.time.resolutionNs === 0 ? "the CPU's" : 'globaltimer',
        'GPU clock, resolution ns': this.time.resolutionNs,
        'clocks compared to ± µs': us(this.time.error),
        'kernels moved by at most µs': us(this.moved),
      }),
    };
  }
}

function windowsOf(paths: PathTrace[]): number {
  return Math.max(0, ...paths.map(({ windows }) => windows.length));
}

/** Graphs take turns on two streams; each has its items side by side. */
function graphLane(number: number, perGraph: number): string {
  const letter = Math.floor(number / perGraph) % 2 === 0 ? 'A' : 'B';
  return `graph ${letter}, item ${number % perGraph}`;
}

/**
 * When copies were under way, by the events around them. Events tell the time between each other
 * alone: they are placed as early as can be, so that none comes before the call that asked for it.
 */
function copyTimes(gpu: Gpu, notes: readonly Noted[], events: readonly EventId[]): CopyTime[] {
  const posted = notes.filter(
    ({ note, b }) => (note === Note.COPY_IN || note === Note.COPY_OUT) && b >= 0,
  );
  if (posted.length === 0) return [];
  const first = events[2 * posted[0].b];
  const since = (event: EventId) => (gpu.elapsed(first, event) * Eal.tscHz) / 1000;
  const copies = posted.map(({ note, a, b, from }) => ({
    asked: from,
    from: since(events[2 * b]),
    to: since(events[2 * b + 1]),
    bytes: a,
    back: note === Note.COPY_OUT,
  }));
  const over = copies.filter(({ from, to }) => Number.isFinite(from) && Number.isFinite(to));
  const by = Math.max(...over.map(({ asked, from }) => asked - from));
  return over.map(({ from, to, bytes, back }) => ({ from: from + by, to: to + by, bytes, back }));
}
