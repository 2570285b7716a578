import type { L2fwdOptions } from '../apps/l2fwd/options.js';
import type { L2fwdResult } from '../apps/l2fwd/result.js';
import { type RunHooks, runL2fwd } from '../apps/l2fwd/run.js';
import { type ErrorCode, WarplineError } from '../errors.js';
import { holdingGpus } from '../gpudev/drivers.js';
import { RunEnded } from './middle.js';
import { type Place, pointName, roundOrder } from './points.js';
import type { SweepReport } from './sweep-report.js';
import { clockTime, Timetable } from './timetable.js';

/**
 * A bench as a series of points, each measured once a round. `M` is what one turn of a point finds
 * out; peak.ts has the three that measure a point by one run as fast as it goes.
 */
export interface Series<P extends Place, Row extends object, M> {
  /** Filled in place; its `sweep` says how many rounds count. */
  report: SweepReport<P, Row>;
  points: readonly P[];
  /** Where nothing need warm up in a round of its own: 1. */
  firstRound?: 0 | 1;
  /** What comes before the rounds, and is told in the report. */
  first?(turn: Turn): Promise<void>;
  /** Seconds that a turn is meant to take. */
  lasts(point: P, round: number): number;
  /** One turn of a point; undefined where it found nothing that could count. */
  measure(point: P, turn: Turn): Promise<M | undefined>;
  /** In a progress line. */
  tell(measured: M): string;
  /** What all turns of a point but the one that warms up have found; there is at least one. */
  row(point: P, measured: M[]): Row;
  /** Called when the report's rows are new: for what is worked out from them. */
  conclude?(): void;
}

/** What a point is measured with. */
export interface Turn {
  /** 0 warms up: it finds rates, and points that cannot run. */
  round: number;
  /** What `lasts` said. */
  seconds: number;
  /** Aborted, a turn is to end soon; what it gives does not count. */
  stop?: AbortSignal;
  say(line: string): void;
  /**
   * runL2fwd on the report's device, ended by `stop`. @throws what it throws, and RunEnded for a run
   * that failed under way: either is for the engine to catch.
   */
  run(options: Partial<L2fwdOptions>, watch?: Watch): Promise<L2fwdResult>;
}

/** What a turn may see of a run beside its result. */
export type Watch = Pick<RunHooks, 'onStart' | 'onLatency'>;

export interface SweepHooks<Report = unknown> {
  /** Aborting it ends the run under way, which then does not count, and the bench. */
  stop?: AbortSignal;
  progress?(line: string): void;
  /** The report as it stands after each round or long turn: what is left if the process is killed. */
  save?(report: Report): void;
  /** The command line, for the report. */
  command?: string;
}

/** runL2fwd, or a test's stand-in. */
export interface SweepParts {
  run: typeof runL2fwd;
}

/** A turn of so many seconds is kept at once, not only with its round. */
const LONG_SECONDS = 30;

/** Too much asked of this machine: a smaller point may run. */
const TOO_MUCH: ErrorCode[] = [
  'GPU_OUT_OF_MEMORY',
  'GPU_OUT_OF_RESOURCES',
  'HOST_MEMORY',
  'MEMPOOL_CREATE',
  'MEMPOOL_TOO_LARGE',
];

/**
 * Measures every point of a series in rounds, and fills its report. Points the device does not allow
 * are left out with the reason; any other error ends the rounds and is the report's `error`, and
 * Ctrl-C leaves what was over by then.
 */
export async function runSweep<P extends Place, Row extends object, M>(
  series: Series<P, Row, M>,
  hooks: Omit<SweepHooks, 'save'> & { save?(): void },
  parts: SweepParts = { run: runL2fwd },
): Promise<void> {
  await new Rounds(series, hooks, parts).run();
}

class Rounds<P extends Place, Row extends object, M> {
  private readonly found = new Map<P, M[]>();
  /** Points that turned out not to be for this device. */
  private readonly skip = new Set<P>();
  private readonly timetable = new Timetable();

  constructor(
    private readonly series: Series<P, Row, M>,
    private readonly hooks: Omit<SweepHooks, 'save'> & { save?(): void },
    private readonly parts: SweepParts,
  ) {}

  private get ended(): boolean {
    return (this.hooks.stop?.aborted ?? false) || this.series.report.error !== undefined;
  }

  async run(): Promise<void> {
    const { report, points, first } = this.series;
    const { repeats, seconds, ...varied } = report.sweep;
    this.say(`${report.machine.device} (${report.machine.gpu}): ${points.length} points`);
    this.say(`${repeats} repeats of ${seconds} s each, after a warm-up; ${list(varied)}`);
    if (first !== undefined) await this.guard(() => first(this.turn(0, 0)));
    await holdingGpus(async () => {
      const { firstRound = 0 } = this.series;
      for (let n = firstRound; n <= repeats && !this.ended; n++) await this.round(n);
    });
    if (this.hooks.stop?.aborted) report.interrupted = true;
    this.collect();
    if (!this.ended) this.missing();
  }

  /** Every point once. */
  private async round(round: number): Promise<void> {
    const { points, firstRound = 0 } = this.series;
    const order = roundOrder(points, round - firstRound);
    for (const [i, point] of order.entries()) {
      if (this.ended) return;
      if (!this.skip.has(point)) await this.once(point, round, order.slice(i + 1));
    }
    if (round === 0) this.collect();
    else this.keep();
  }

  private async once(point: P, round: number, ahead: P[]): Promise<void> {
    const { series, timetable } = this;
    const seconds = series.lasts(point, round);
    const start = performance.now();
    const over = await this.guard(async () => {
      const measured = await series.measure(point, this.turn(round, seconds));
      timetable.done(seconds, (performance.now() - start) / 1000);
      return { measured };
    }, point);
    if (over === undefined || this.ended) return;
    const { measured } = over;
    const { repeats } = series.report.sweep;
    const name = round === 0 ? 'warm-up' : `${round}/${repeats}`;
    const told = measured === undefined ? 'nothing counted' : series.tell(measured);
    this.say(`${name} ${pointName(point)}: ${told}; ${this.left(round, ahead)} left`);
    if (round > 0 && measured !== undefined)
      this.found.set(point, [...(this.found.get(point) ?? []), measured]);
    if (round > 0 && seconds >= LONG_SECONDS) this.keep();
  }

  private keep(): void {
    this.collect();
    if (this.series.report.error === undefined) this.hooks.save?.();
  }

  private turn(round: number, seconds: number): Turn {
    const { stop } = this.hooks;
    const { device } = this.series.report.machine;
    const say = (line: string) => this.say(line);
    const warn = (message: string) => say(`warning: ${message}`);
    return {
      round,
      seconds,
      stop,
      say,
      run: async (options, watch) => {
        const result = await this.parts.run({ device, ...options }, { ...watch, stop, warn });
        if (result.error !== undefined) throw new RunEnded(result.error);
        return result;
      },
    };
  }

  /** The time left after a point of this round, those ahead of it still to come. */
  private left(round: number, ahead: P[]): string {
    const { points, lasts, report } = this.series;
    const going = (some: readonly P[]) => some.filter((one) => !this.skip.has(one));
    const sum = (some: P[], at: number) => some.reduce((all, one) => all + lasts(one, at), 0);
    const rounds = report.sweep.repeats - round;
    const [here, later] = [going(ahead), going(points)];
    const seconds = sum(here, round) + rounds * sum(later, 1);
    return clockTime(this.timetable.left(here.length + rounds * later.length, seconds));
  }

  /** What it does, and undefined where an error has left a point out or ended the bench. */
  private async guard<T>(work: () => Promise<T>, point?: P): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      const failure = error instanceof RunEnded ? error.failure : error;
      if (failure === error && !(error instanceof WarplineError)) throw error;
      if (error instanceof WarplineError && point !== undefined && this.excuse(point, error))
        return undefined;
      const { code, message } = failure as { code: string; message: string };
      this.series.report.error = {
        code,
        message,
        ...(point !== undefined && { point: pointName(point) }),
      };
      return undefined;
    }
  }

  /** Whether an error only says that the point is not for this device: then it is left out. */
  private excuse(point: P, error: WarplineError): boolean {
    const where = refused(point, error);
    if (where === undefined) return false;
    const { message: reason } = error;
    for (const one of this.series.points) if (matches(one, where)) this.skip.add(one);
    this.series.report.skipped.push({ ...where, reason });
    this.say(`left out: ${Object.values(where).join(' ')}: ${reason}`);
    return true;
  }

  /** The rows of what has been measured by now, in the order of the points. */
  private collect(): void {
    const { report, points, row, conclude } = this.series;
    report.rows = points.flatMap((point) => {
      const found = this.found.get(point);
      return found === undefined ? [] : row(point, found);
    });
    conclude?.();
  }

  /** A point without a row is accounted for, too. */
  private missing(): void {
    const { report, points } = this.series;
    const reason = 'none of its runs counted anything: more --seconds may help';
    for (const point of points)
      if (!this.found.has(point) && !this.skip.has(point))
        report.skipped.push({ ...point, reason });
  }

  private say(line: string): void {
    this.hooks.progress?.(line);
  }
}

/** What an error at the start of a run says cannot be had: a kind of memory, or just this point. */
export function refused<P extends Place>(point: P, error: WarplineError): Partial<P> | undefined {
  const { code, exit } = error;
  const { method, memory } = point;
  if (code === 'CPU_MAPPING') return { memory } as Partial<P>;
  if (code === 'MEMORY_UNREACHABLE' || code === 'DEVICE_UNSUPPORTED')
    return { method, memory } as Partial<P>;
  return exit === 2 || TOO_MUCH.includes(code) ? point : undefined;
}

function matches<P extends Place>(point: P, where: Partial<P>): boolean {
  return (Object.keys(where) as (keyof P)[]).every((name) => point[name] === where[name]);
}

function list(varied: object): string {
  return Object.entries(varied)
    .map(([name, value]) => `${name} ${value}`)
    .join('; ');
}
