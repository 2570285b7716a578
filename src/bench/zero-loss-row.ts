import { gbpsOf } from './line-rates.js';
import type { Stood } from './offered.js';
import { medians, noted } from './spread.js';
import type { ZeroLossPoint } from './zero-loss-points.js';

/**
 * Frames offered at one rate, and those of them that did not come back. What stood still is not known
 * with testpmd.
 */
export interface Trial extends Partial<Stood> {
  /** What the source really offered. */
  offeredMpps: number;
  seconds: number;
  sent: number;
  lost: number;
  /** Those lost by reason, if any: `missed` by a full ring, or a reason of l2fwd's; not known of testpmd. */
  lostTo?: Record<string, number>;
  /** Of the seconds, tenths in which frames were lost; not known of testpmd. */
  lossySeconds?: number;
  /** The search was over: this one confirms its result, or does not. */
  confirms?: true;
}

/** What is known of a point. */
export interface ZeroLossFound {
  /** Mpps of the runs as fast as they, or the link, go, whatever is lost … */
  peaks: number[];
  /** … and of the slowest tenth of a second of them all; not known of testpmd. */
  slowest?: number;
  trials: Trial[];
  /** 0: frames are lost at every rate; null: the generator knows only one, and some were lost. */
  zeroLossMpps: number | null;
  crowded: boolean;
}

/** A row of `bench zero-loss`. Rates in Mpps, and Gbit/s of frame bytes. */
export interface ZeroLossRow extends ZeroLossPoint {
  peakMpps: number;
  peakMppsMin: number;
  peakMppsMax: number;
  /**
   * The slowest tenth of a second of all peaks: what the machine gives at the worst, and so what can be expected
   * without loss where it is not its user's alone. Not known of testpmd.
   */
  slowestTenthMpps?: number;
  /** RFC 2544 throughput: the highest rate found at which nothing is lost. */
  zeroLossMpps: number | null;
  zeroLossGbps: number | null;
  /** zeroLossMpps ÷ peakMpps. */
  ratio: number | null;
  /** Of the peaks, only where it is above a tenth. */
  spread?: number;
  crowded?: true;
  trials: Trial[];
}

export function zeroLossRow(point: ZeroLossPoint, found: ZeroLossFound): ZeroLossRow {
  const { zeroLossMpps, trials, crowded } = found;
  const peak = medians('peakMpps', found.peaks);
  return {
    ...point,
    ...peak,
    ...(found.slowest !== undefined && { slowestTenthMpps: found.slowest }),
    zeroLossMpps,
    zeroLossGbps: zeroLossMpps === null ? null : gbpsOf(zeroLossMpps, point.frameBytes),
    ratio: zeroLossMpps === null ? null : zeroLossMpps / peak.peakMpps,
    ...noted(found.peaks),
    ...(crowded && { crowded: true as const }),
    trials,
  };
}
