import type { L2fwdOptions } from '../apps/l2fwd/options.js';
import { L2FWD_DEFAULTS } from '../apps/l2fwd/options.js';
import type { L2fwdResult } from '../apps/l2fwd/result.js';
import type { Turn } from './sweep.js';

/** Seconds each point warms up for, in a run of its own, which also tells the point's rate. */
const WARMUP_SECONDS = 0.3;

/**
 * Seconds of a measured run's packets that come before counting: an lcore's code is new each run, and V8
 * takes a tenth of a second and more to compile it. A run that is shorter is a look, not a measurement.
 */
export function warmupOf(seconds: number): number {
  return Math.min(WARMUP_SECONDS, seconds);
}

/** Seconds of each run of `peakRuns`. */
export function peakLasts(seconds: number, round: number): number {
  return round === 0 ? WARMUP_SECONDS : seconds + warmupOf(seconds);
}

/**
 * The part of a Series that measures points by one run each, as fast as it goes: `settings` are the
 * point's, `seconds` what a run counts.
 */
export function peakRuns<P>(seconds: number, settings: (point: P) => Partial<L2fwdOptions>) {
  /** Packets a second, from the round that warms up. */
  const rates = new Map<P, number>();
  return {
    lasts: (_: P, round: number) => peakLasts(seconds, round),

    async measure(point: P, turn: Turn): Promise<L2fwdResult | undefined> {
      const duration = turn.seconds;
      const warmup = Math.floor((rates.get(point) ?? 0) * warmupOf(seconds));
      const result = await turn.run({ ...settings(point), duration, warmup });
      if (turn.round === 0) rates.set(point, result.mpps * 1e6);
      if (result.mpps !== 0) return result;
      // Much slower than when it warmed up, it ended before it counted anything: that is no figure,
      // but the point's next run will.
      if (turn.round > 0) rates.set(point, result.tx.packets / duration);
      return undefined;
    },

    tell: ({ mpps }: L2fwdResult) => `${Number(mpps.toPrecision(4))} Mpps`,
  };
}

/** What every run of a sweep has in common; what is absent is as in l2fwd. */
export interface Fixed {
  verify: boolean;
  items?: number;
  mbufs?: number;
  blocks?: number;
  lcores?: number;
  statusIn?: L2fwdOptions['statusIn'];
}

/** Those of `given` that are set: a default must not be overwritten by nothing. */
export function fixedOf({ verify, items, mbufs, blocks, lcores, statusIn }: Fixed): Fixed {
  const set = Object.entries({ items, mbufs, blocks, lcores, statusIn });
  return { verify, ...Object.fromEntries(set.filter(([, value]) => value !== undefined)) };
}

/** One net_null port that makes frames out of nothing, each in one mbuf. */
export function nullPort(frameBytes: number): Partial<L2fwdOptions> {
  const ports = [`net_null0,size=${frameBytes}`];
  return frameBytes > L2FWD_DEFAULTS.mbufSize ? { ports, mbufSize: frameBytes } : { ports };
}
