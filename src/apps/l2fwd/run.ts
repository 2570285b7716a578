import { Eal } from '../../dpdk/eal.js';
import { WarplineError } from '../../errors.js';
import type { Kernel } from '../../kernels/kernel.js';
import { macSwap } from '../../kernels/mac-swap.js';
import { keepApart } from '../../lcore/apart.js';
import { CPUS_TO_SPARE, type Lcore } from '../../lcore/lcore.js';
import { Stop } from '../../lcore/run-state.js';
import { atBothEnds } from '../../methods/both-ends.js';
import type { Method, Prepared } from '../../methods/method.js';
import { methods } from '../../methods/table.js';
import type { Histogram } from '../../telemetry/histogram.js';
import { prepare, startLcores, startTraffic } from './crew.js';
import { isPciAddress, lcoresPerPath } from './lcores.js';
import { monitor } from './monitor.js';
import { L2FWD_DEFAULTS, type L2fwdOptions } from './options.js';
import { kernelFor } from './own-kernel.js';
import { planRun } from './plan.js';
import { report } from './report.js';
import type { L2fwdResult, L2fwdSnapshot } from './result.js';
import { Rig } from './rig.js';
import { sweep } from './sweep.js';
import type { Tracing } from './tracing.js';
import { namingItems, Watchdog } from './watchdog.js';

/** What may be done with a run until it ends. */
export interface RunControl {
  snapshot(): L2fwdSnapshot;
  /** Drains it, as `stop` does. */
  end(): void;
}

/** What a caller may watch and do while a run lasts. */
export interface RunHooks {
  /** Aborting it drains the run: it ends well, with everything counted. */
  stop?: AbortSignal;
  /** The lcores start. */
  onStart?(control: RunControl): void;
  /** The lcores have ended: the whole distribution behind `latencyUs`. No snapshot after this. */
  onLatency?(histogram: Histogram): void;
  /** A line for the user that is no error. */
  warn?(message: string): void;
}

/**
 * Forwards packets as the options say, until they or `hooks.stop` end it, and reports. What is not
 * given is as on the command line; `builtIn` is what is done to the packets unless the options name
 * a kernel. Throws a WarplineError when it cannot start. A run that fails under way reports what it
 * did all the same, with the error in the result's `error`.
 */
export async function runL2fwd(
  given: Partial<L2fwdOptions>,
  hooks: RunHooks = {},
  builtIn: Kernel = macSwap,
): Promise<L2fwdResult> {
  const options: L2fwdOptions = { ports: [], ...L2FWD_DEFAULTS, ...given };
  const declared: Method = methods[options.method];
  const method = lcoresPerPath(options, declared) === 1 ? atBothEnds(declared) : declared;
  const own = await kernelFor(options, builtIn);
  // A whole kernel is as its author wrote it.
  const traced = options.trace !== undefined && method.prepare !== undefined && own.form !== 'item';
  const kernel = traced ? { ...own, traced } : own;
  const plan = planRun(options, method);
  if (plan.input?.truncated)
    hooks.warn?.(`${plan.input.file} is cut off; its ${plan.input.frames} whole frames go out`);
  Eal.start({ pci: options.ports.some(isPciAddress), log: options.ealLog });
  const rig = await Rig.open(options, plan, method, kernel);
  let result: L2fwdResult;
  try {
    result = await forward(rig, hooks);
  } catch (error) {
    // What went wrong first is what to tell.
    await rig.close().catch(() => {});
    throw error;
  }
  const left = await ending(rig.close());
  if (left !== undefined) result.error ??= { code: left.code, message: left.message };
  return result;
}

/** The run itself, on what is open: from the kernel's launch to the last count. */
async function forward(rig: Rig, hooks: RunHooks): Promise<L2fwdResult> {
  const prepared = await prepare(rig);
  // On two CPUs the other one is a peer's, whom our threads would then cost more than us.
  const together = keepApart(CPUS_TO_SPARE ? rig.cpus : []);
  let lcores: Lcore[] = [];
  let watched: WarplineError | undefined;
  try {
    lcores = startLcores(rig, prepared);
    watched = await watch(rig, lcores, startTraffic(rig), hooks);
  } finally {
    together();
  }
  // What is on the device ends well only if every lcore did.
  const failure = watched === undefined ? finish(rig, prepared) : namingItems(watched, rig);
  if (failure !== undefined && process.env.WARPLINE_DEBUG) hooks.warn?.(failure.stack ?? '');
  const lost = rig.device.gpu.fault() === undefined ? 'aborted' : 'device_lost';
  for (const [i, list] of rig.lists.entries()) sweep(list, rig.shares[i], lost);
  hooks.onLatency?.(rig.meters.histogram);
  const disturbed = lcores.map((lcore) => lcore.disturbed);
  const result = await report(rig, prepared, disturbed, failure);
  if (rig.tracing !== undefined) note(result, rig.tracing, prepared);
  return result;
}

/** Writes the trace, also of a run that failed, whose device may be lost. */
function note(result: L2fwdResult, tracing: Tracing, prepared: Prepared[]): void {
  try {
    result.trace = tracing.finish(prepared, result.error === undefined);
  } catch (error) {
    if (!(error instanceof WarplineError)) throw error;
    result.error ??= { code: error.code, message: error.message };
  }
}

/** Stays until every lcore has ended, also when whoever watches throws: nothing may close before. */
async function watch(
  rig: Rig,
  lcores: Lcore[],
  sources: Lcore[],
  hooks: RunHooks,
): Promise<WarplineError | undefined> {
  let failure: WarplineError | undefined;
  let ends: (WarplineError | undefined)[] = [];
  try {
    failure = await monitor(rig, lcores, sources, hooks);
  } finally {
    rig.state.ask(Stop.ABORT);
    await Promise.all(lcores.map(({ ended }) => ended));
    // Only now does nobody send to a traffic port any more.
    rig.traffic?.finish();
    ends = await Promise.all(sources.map(({ ended }) => ended));
  }
  return failure ?? ends.find((error) => error !== undefined);
}

/** Waits for the end of what runs on the device, no longer than the watchdog does. */
function finish(rig: Rig, prepared: Prepared[]): WarplineError | undefined {
  const watchdog = new Watchdog(rig);
  try {
    for (const one of prepared) one.finish(watchdog.limitMs);
    return undefined;
  } catch (error) {
    if (!(error instanceof WarplineError)) throw error;
    if (error.code !== 'GPU_STUCK') return error;
    rig.abandon();
    return watchdog.unfinished();
  }
}

async function ending(end: Promise<void>): Promise<WarplineError | undefined> {
  try {
    await end;
    return undefined;
  } catch (error) {
    if (error instanceof WarplineError) return error;
    throw error;
  }
}
