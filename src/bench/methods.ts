import type { L2fwdOptions } from '../apps/l2fwd/options.js';
import type { L2fwdResult } from '../apps/l2fwd/result.js';
import { runL2fwd } from '../apps/l2fwd/run.js';
import { type ErrorCode, WarplineError } from '../errors.js';
import { findGpu } from '../gpudev/drivers.js';
import { version } from '../version.js';
import { type FloorRow, measureFloor } from './floor.js';
import { commit, type Machine, machine } from './machine.js';
import { type MethodsRow, methodsRow } from './methods-row.js';
import {
  completeSweep,
  type Point,
  pointName,
  pointsOf,
  roundOrder,
  type Sweep,
} from './points.js';
import { clockTime, Timetable } from './timetable.js';

/** What every run of a sweep has in common; what is absent is as in l2fwd. */
export interface Fixed {
  frameBytes: number;
  verify: boolean;
  items?: number;
  mbufs?: number;
  blocks?: number;
  statusIn?: L2fwdOptions['statusIn'];
}

export interface MethodsBenchOptions extends Partial<Sweep>, Fixed {
  /** As l2fwd's: absent, the first CUDA GPU, else `software`. */
  device?: string;
}

/** Points the device, or the memory, does not allow, and why. */
export interface Skipped extends Partial<Point> {
  reason: string;
}

export interface MethodsBenchResult {
  bench: 'methods';
  version: string;
  commit: string;
  date: string;
  machine: Machine & { device: string; gpu: string };
  /** What was asked for, defaults included. */
  sweep: Sweep & Fixed;
  rows: MethodsRow[];
  /** The device and its driver alone, by the same calls from one thread. */
  floor: FloorRow[];
  skipped: Skipped[];
  /** Ctrl-C ended it: the rows are of the runs that were over by then. */
  interrupted?: true;
  /** What ended it early; the rows are of the runs that were over by then. */
  error?: { code: string; message: string; point?: string };
}

export interface MethodsBenchHooks {
  /** Aborting it ends the run under way, which then does not count, and the bench. */
  stop?: AbortSignal;
  progress?(line: string): void;
  /** The report as it stands after each round: what is left if the process is killed. */
  save?(report: MethodsBenchResult): void;
}

/** runL2fwd and measureFloor, or a test's stand-ins. */
export interface MethodsBenchParts {
  run: typeof runL2fwd;
  floor: typeof measureFloor;
}

/** Seconds each point warms up for, in a run of its own, which also tells the point's rate. */
const WARMUP_SECONDS = 0.3;
/** Share of a measured run's packets that comes before counting: an lcore's code is new each run. */
const WARMUP_SHARE = 0.2;

/** Too much asked of this machine: a smaller point may run. */
const TOO_MUCH: ErrorCode[] = [
  'GPU_OUT_OF_MEMORY',
  'GPU_OUT_OF_RESOURCES',
  'HOST_MEMORY',
  'MEMPOOL_CREATE',
  'MEMPOOL_TOO_LARGE',
];

/**
 * Every method over memory kinds, bursts and pipelines on one net_null port, all in this process,
 * beside the floor that the device sets. @throws DEVICE_UNKNOWN.
 */
export async function benchMethods(
  options: MethodsBenchOptions,
  hooks: MethodsBenchHooks = {},
  parts: MethodsBenchParts = { run: runL2fwd, floor: measureFloor },
): Promise<MethodsBenchResult> {
  const bench = new MethodsBench(options, hooks, parts);
  await bench.run();
  return bench.report;
}

class MethodsBench {
  readonly report: MethodsBenchResult;
  private readonly points: Point[];
  private readonly runs = new Map<Point, L2fwdResult[]>();
  /** Packets a second, from the round that warms up. */
  private readonly rates = new Map<Point, number>();
  /** Points that turned out not to be for this device. */
  private readonly skip = new Set<Point>();
  private readonly timetable = new Timetable();

  constructor(
    { device, frameBytes, verify, items, mbufs, blocks, statusIn, ...given }: MethodsBenchOptions,
    private readonly hooks: MethodsBenchHooks,
    private readonly parts: MethodsBenchParts,
  ) {
    const { driver, index, spec } = findGpu(device);
    const sweep = completeSweep(given, driver.name);
    this.points = pointsOf(sweep);
    const gpu = driver.probe().find((info) => info.index === index)?.name ?? spec;
    this.report = {
      bench: 'methods',
      version,
      commit: commit(),
      date: new Date().toISOString(),
      machine: { ...machine(), device: spec, gpu },
      sweep: { ...sweep, frameBytes, verify, ...present({ items, mbufs, blocks, statusIn }) },
      rows: [],
      floor: [],
      skipped: [],
    };
  }

  private get stopped(): boolean {
    return this.hooks.stop?.aborted ?? false;
  }

  async run(): Promise<void> {
    const { report, hooks, points } = this;
    const { machine, sweep } = report;
    const { repeats, seconds } = sweep;
    this.say(`${machine.device} (${machine.gpu}): ${points.length} points`);
    this.say(`${repeats} repeats of ${seconds} s each, after a warm-up; ${list(sweep)}`);
    try {
      this.say('the floor: what the device does by itself');
      report.floor = await this.parts.floor(machine.device, hooks.stop);
      for (let round = 0; round <= repeats; round++) await this.round(round);
    } catch (error) {
      if (!(error instanceof WarplineError)) throw error;
      report.error ??= { code: error.code, message: error.message };
    }
    if (this.stopped) report.interrupted = true;
    this.collect();
  }

  /** Every point once. Round 0 warms up: it finds each point's rate, and those that cannot run. */
  private async round(round: number): Promise<void> {
    const order = roundOrder(this.points, round);
    for (const [i, point] of order.entries()) {
      if (this.stopped || this.report.error !== undefined) return;
      if (this.skip.has(point)) continue;
      const result = await this.once(point, round);
      if (result !== undefined && !this.stopped)
        this.note(point, round, result, order.slice(i + 1));
    }
    this.collect();
    if (round > 0) this.hooks.save?.(this.report);
  }

  /** One run; undefined where it has nothing to tell. */
  private async once(point: Point, round: number): Promise<L2fwdResult | undefined> {
    const { frameBytes, verify, items, mbufs, blocks, statusIn } = this.report.sweep;
    const duration = this.duration(round);
    const settings: Partial<L2fwdOptions> = {
      ...point,
      ports: [`net_null0,size=${frameBytes}`],
      device: this.report.machine.device,
      verify,
      ...present({ items, mbufs, blocks, statusIn }),
      duration,
      warmup: Math.floor((this.rates.get(point) ?? 0) * duration * WARMUP_SHARE),
    };
    const start = performance.now();
    const warn = (message: string) => this.say(`warning: ${message}`);
    try {
      const result = await this.parts.run(settings, { stop: this.hooks.stop, warn });
      this.timetable.done(duration, (performance.now() - start) / 1000);
      if (result.error === undefined) return result;
      this.report.error = { ...result.error, point: pointName(point) };
    } catch (error) {
      if (!(error instanceof WarplineError)) throw error;
      if (!this.excuse(point, error))
        this.report.error = { code: error.code, message: error.message, point: pointName(point) };
    }
    return undefined;
  }

  private duration(round: number): number {
    return round === 0 ? WARMUP_SECONDS : this.report.sweep.seconds / (1 - WARMUP_SHARE);
  }

  private note(point: Point, round: number, result: L2fwdResult, ahead: Point[]): void {
    const { repeats } = this.report.sweep;
    const going = this.points.length - this.skip.size;
    const here = ahead.filter((one) => !this.skip.has(one)).length;
    const later = (repeats - round) * going;
    const seconds = here * this.duration(round) + later * this.duration(1);
    const left = clockTime(this.timetable.left(here + later, seconds));
    const name = round === 0 ? 'warm-up' : `${round}/${repeats}`;
    // A run much slower than its warm-up may end before it counts anything: that is no figure.
    const rate = result.mpps === 0 ? 'nothing counted' : `${result.mpps.toFixed(2)} Mpps`;
    this.say(`${name} ${pointName(point)}: ${rate}; ${left} left`);
    if (round === 0) this.rates.set(point, result.mpps * 1e6);
    else if (result.mpps !== 0) this.runs.set(point, [...(this.runs.get(point) ?? []), result]);
  }

  /** Whether an error only says that the point is not for this device: then it is left out. */
  private excuse(point: Point, error: WarplineError): boolean {
    const where = refused(point, error);
    if (where === undefined) return false;
    const { message: reason } = error;
    for (const one of this.points) if (matches(one, where)) this.skip.add(one);
    this.report.skipped.push({ ...where, reason });
    this.say(`left out: ${Object.values(where).join(' ')}: ${reason}`);
    return true;
  }

  /** The rows of what has been measured by now, in the order of the points. */
  private collect(): void {
    const { frameBytes } = this.report.sweep;
    this.report.rows = this.points.flatMap((point) => {
      const runs = this.runs.get(point);
      return runs === undefined ? [] : methodsRow(point, frameBytes, runs);
    });
  }

  private say(line: string): void {
    this.hooks.progress?.(line);
  }
}

/** What an error at the start of a run says cannot be had: a kind of memory, or just this point. */
function refused(point: Point, { code, exit }: WarplineError): Partial<Point> | undefined {
  const { method, memory } = point;
  if (code === 'CPU_MAPPING') return { memory };
  if (code === 'MEMORY_UNREACHABLE' || code === 'DEVICE_UNSUPPORTED') return { method, memory };
  return exit === 2 || TOO_MUCH.includes(code) ? point : undefined;
}

function matches(point: Point, where: Partial<Point>): boolean {
  return (Object.keys(where) as (keyof Point)[]).every((name) => point[name] === where[name]);
}

function list({ methods, memory, bursts, pipelines, frameBytes }: Sweep & { frameBytes: number }) {
  const varied = { methods, memory, bursts, pipelines };
  const parts = Object.entries(varied).map(([name, values]) => `${name} ${values.join(',')}`);
  return [...parts, `frames of ${frameBytes} bytes`].join('; ');
}

/** Without what was not given: a default must not be overwritten by nothing. */
function present<T extends object>(given: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  ) as Partial<T>;
}
