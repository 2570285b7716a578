import { WarplineError } from '../../errors.js';
import { describe, inWork } from './in-work.js';
import { PathWatch } from './path-watch.js';
import type { Rig } from './rig.js';

/** How often it looks, in milliseconds: statuses in device memory take a microsecond each to read. */
const LOOK_MS = 50;
/**
 * Most time that one look adds. While this process was stopped, or its threads got no CPU, nothing
 * could move, and that is no kernel's fault.
 */
const STEP_MS = 4 * LOOK_MS;
/** Items that may be on the device before one: blocks of a software multiprocessor take turns. */
const AHEAD = 64;

/**
 * Finds out when what runs on the GPU does not come to an end. It looks at what CPU and GPU exchange
 * anyway: a path whose oldest READY item stays READY for longer than the limit is stuck, and so is
 * one where nothing is READY and a persistent kernel's block stops to say that it waits.
 */
export class Watchdog {
  readonly limitMs: number;
  private readonly paths: PathWatch[];
  private clock = 0;
  private last = performance.now();

  constructor(private readonly rig: Rig) {
    const { method, options, lists, plan } = rig;
    this.limitMs = limitOf(options, plan.pathCount);
    const watched = method.prepare !== undefined && this.limitMs !== Infinity;
    this.paths = watched ? lists.map((_, path) => new PathWatch(rig, path)) : [];
  }

  /** KERNEL_STUCK once a kernel is; to be called every few milliseconds. */
  look(): WarplineError | undefined {
    const now = performance.now();
    const passed = now - this.last;
    if (passed < LOOK_MS || this.paths.length === 0) return undefined;
    this.last = now;
    this.clock += Math.min(passed, STEP_MS);
    for (const path of this.paths) {
      const found = path.look(this.clock, this.limitMs);
      if (found !== undefined) return this.stuck(found.what, found.ms);
    }
    return undefined;
  }

  /** What ended the lcores well left something running. */
  unfinished(): WarplineError {
    return this.stuck('all items are done, and it has not ended', this.limitMs);
  }

  private stuck(what: string, ms: number): WarplineError {
    const { kernel, options } = this.rig;
    return new WarplineError('KERNEL_STUCK', {
      kernel: kernel.name,
      method: options.method,
      what,
      ms: Math.round(ms),
      limit: options.watchdogMs,
    });
  }
}

/**
 * What a device may take for an item: the option's time, the artificial work of a whole list of
 * packets in front of it one after the other, and the wait for company of `stream`.
 */
export function limitOf(
  options: { watchdogMs: number; packetTimeNs: number; burst: number; timeoutUs: number },
  paths: number,
): number {
  const { watchdogMs, packetTimeNs, burst, timeoutUs } = options;
  if (watchdogMs === 0) return Infinity;
  const work = (packetTimeNs / 1e6) * Math.max(burst, AHEAD) * paths;
  return watchdogMs + work + timeoutUs / 1000;
}

/** A GPU error with the items that were being worked on when the device was lost. */
export function namingItems(error: WarplineError, rig: Rig): WarplineError {
  if (error.code !== 'GPU_ILLEGAL_ADDRESS' && error.code !== 'GPU_LAUNCH_FAILED') return error;
  const places = rig.lists.flatMap((_, path) => {
    const found = inWork(rig, path);
    return found === undefined ? [] : [describe(found, path)];
  });
  if (places.length === 0) return error;
  const reason = `${error.details.reason}, at work on ${places.join(', ')}`;
  const named = new WarplineError(error.code, { ...error.details, reason });
  named.stack = error.stack;
  return named;
}
