import { passesOn } from '../apps/l2fwd/lcores.js';
import type { MemoryKind, MethodName } from '../apps/l2fwd/options.js';
import { runL2fwd } from '../apps/l2fwd/run.js';
import { RunEnded } from '../bench/middle.js';
import { refused, type SweepHooks } from '../bench/sweep.js';
import { newReport, type SweepReport, targetOf } from '../bench/sweep-report.js';
import type { WarplineError } from '../errors.js';
import { holdingGpus } from '../gpudev/drivers.js';
import { native } from '../memory/native.js';
import { isTraffic } from '../traffic/spec.js';
import { type Candidate, firstTimeout, type Space } from './candidate.js';
import { checkChoice, type Outcome, REPEATS } from './check.js';
import { measuring } from './measuring.js';
import { bounded, type Objective, peak, target, type Verdict } from './objective.js';
import { l2fwdLine, portsAt, reasons } from './reasons.js';
import { type CheckRow, checkRow, rowOf, type TuneRow } from './rows.js';
import { Search } from './search.js';
import { Interrupted, type Parts, Stand } from './stand.js';

/** What `warpline tune` is asked for; what is absent is up to tune. */
export interface TuneOptions {
  ports?: string[];
  device?: string;
  memory: MemoryKind;
  kernel?: string;
  kernelThreads?: number;
  packetTimeNs: number;
  /** Millions of packets a second to reach, or … */
  targetMpps?: number;
  /** … microseconds that 99 % of the packets may take at most. */
  p99Us?: number;
  methods?: MethodName[];
  bursts?: number[];
  pipelines?: number[];
  /** In all. */
  seconds: number;
}

export interface TuneResult extends SweepReport<Candidate, TuneRow> {
  bench: 'tune';
  /** What is best, in words. */
  aim: string;
  /** Absent where nothing could be measured. */
  choice?: TuneRow & {
    /** The command line to run it. */
    l2fwd: string;
    why: string[];
    /** The last check was of it, and no other is better by more than 5 %, as far as is known. */
    checked: boolean;
  };
  /** In each the choice comes first; all but the last were of choices that did not stand. */
  checks: { holds: boolean; rows: CheckRow[] }[];
  /** Candidates of the coarse grid there was no time for. */
  unmeasured: number;
}

/** io does no work, and is no answer. */
const WORKING: MethodName[] = ['persistent', 'launch', 'cpu', 'graph', 'stream', 'serial'];

/** runL2fwd and the clock, or a test's. */
export interface TuneParts {
  run: typeof runL2fwd;
  /** Seconds. */
  now(): number;
}

/**
 * Finds the options of l2fwd that suit a kernel and an aim, within a budget of time, and checks the
 * choice. @throws DEVICE_UNKNOWN, and what keeps every candidate from running
 */
export async function tune(
  options: TuneOptions,
  hooks: SweepHooks<TuneResult> = {},
  { run, now }: TuneParts = { run: runL2fwd, now: () => performance.now() / 1000 },
): Promise<TuneResult> {
  const { device, gpu, driver } = targetOf(options.device);
  const ports = options.ports ?? defaultPorts(options);
  const objective = objectiveOf(options, ports.some(isTraffic));
  const space = spaceOf(options, ports);
  const { methods, bursts, pipelines } = space;
  const { device: _, ...asked } = options;
  const sweep = { ...asked, ports, methods, bursts, pipelines, repeats: REPEATS };
  const report: TuneResult = {
    ...newReport('tune', { device, gpu, driver }, sweep, hooks.command),
    aim: objective.aim,
    checks: [],
    unmeasured: 0,
  };
  const { kernel, kernelThreads, packetTimeNs } = options;
  const fixed = { ...present({ kernel, kernelThreads }), device, packetTimeNs };
  const parts: Parts = {
    ...hooks,
    say: hooks.progress,
    now,
    run: measuring(run, { ...fixed, ports }, hooks),
    excuse: (candidate, error) => excuse(report, candidate, error),
  };
  const stand = new Stand(options.seconds, parts);
  const constrained = objective !== peak;
  const search = new Search(space, objective, stand);
  const searched = () => {
    report.rows = search.ranking.map((one) => rowOf(one, constrained));
    hooks.save?.(report);
  };
  const { choice, checks, settled } = await holdingGpus(() =>
    searchAndCheck(search, objective, stand, report, searched),
  );
  report.unmeasured = search.unmeasured;
  const ranking = search.rankingAfter(checks.flatMap(({ finalists }) => finalists));
  report.rows = ranking.map((one) => rowOf(one, constrained));
  report.checks = checks.map(({ holds, finalists }) => ({
    holds,
    rows: finalists.map((one) => checkRow(one, constrained)),
  }));
  if (choice === undefined) return report;
  const loaded = portsAt(ports, choice.measured.offeredMpps);
  report.choice = {
    ...rowOf(choice, constrained),
    l2fwd: l2fwdLine(choice.candidate, { ...fixed, ports: loaded }),
    why: reasons(choice, ranking, objective),
    checked: settled,
  };
  return report;
}

/** The choice and its checks; what ended them early is noted in the report. */
async function searchAndCheck(
  search: Search,
  objective: Objective,
  stand: Stand,
  report: TuneResult,
  searched: () => void,
): Promise<Omit<Outcome, 'choice'> & { choice?: Verdict }> {
  try {
    await search.run();
    if (search.ranking.length === 0) throw stand.refusal;
    searched();
    return await checkChoice(search.ranking, objective, stand);
  } catch (error) {
    if (error instanceof Interrupted) report.interrupted = true;
    else if (error instanceof RunEnded) report.error = error.failure;
    else throw error;
    return { choice: search.ranking.at(0), checks: [], settled: false };
  }
}

function objectiveOf({ targetMpps, p99Us }: TuneOptions, traffic: boolean): Objective {
  if (p99Us !== undefined) return bounded(p99Us);
  return targetMpps === undefined ? peak : target(targetMpps, traffic);
}

/** A bound on the latency, and the latency at a target, take a load that is known. */
function defaultPorts({ targetMpps, p99Us }: TuneOptions): string[] {
  const paced = targetMpps !== undefined || p99Us !== undefined;
  return [paced ? 'traffic0,size=1024,check=0' : 'net_null0,size=1024'];
}

function spaceOf(options: TuneOptions, ports: string[]): Space {
  const traffic = ports.some(isTraffic);
  // The first CPU is the main thread's; a traffic port's lcores have one each.
  const cpus = native.lcoreCpus().length - (traffic ? 2 : 1);
  return {
    methods: options.methods ?? WORKING,
    memory: options.memory,
    bursts: options.bursts ?? [16, 64, 256],
    pipelines: (options.pipelines ?? [1, 2, 4, 8]).toSorted((a, b) => a - b),
    timeoutUs: firstTimeout(options.p99Us),
    partial: !ports.every((port) => /^(?:eth|net)_null/.test(port)),
    cpus,
    ports: ports.length,
    passes: passesOn({ ports, memory: options.memory, verify: false, headerSplit: 0 }),
  };
}

/** Notes what a candidate was left out for, once for all it concerns. */
function excuse(report: TuneResult, candidate: Candidate, error: WarplineError): boolean {
  const where = refused(candidate, error);
  if (where === undefined) return false;
  const one = { ...where, reason: error.message };
  const known = report.skipped.some((other) => JSON.stringify(other) === JSON.stringify(one));
  if (!known) report.skipped.push(one);
  return true;
}

function present<T extends object>(given: T): Partial<T> {
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  return Object.fromEntries(set) as Partial<T>;
}
