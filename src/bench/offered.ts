import { L2FWD_DEFAULTS, type L2fwdOptions } from '../apps/l2fwd/options.js';
import type { L2fwdResult, L2fwdSnapshot } from '../apps/l2fwd/result.js';
import { Histogram } from '../telemetry/histogram.js';
import type { Fixed } from './peak.js';
import type { Turn } from './sweep.js';

/** What every run has in common; what is absent is as in l2fwd, or as traffic ports have it. */
export interface TrafficFixed extends Omit<Fixed, 'verify' | 'mbufs'> {
  slots?: number;
}

/** Frames that a traffic port is to send. */
export interface Offer {
  frameBytes: number;
  /** Of each ring of the port; absent: what traffic ports have. */
  slots?: number;
  /** Absent: as many as the ring takes. */
  mpps?: number;
}

/** What became of frames offered for some time, after a warm-up. */
export interface Offered {
  result: L2fwdResult;
  /** The whole distribution behind `result.latencyUs`. */
  latency: Histogram;
  /** Frames that were due, also those that found the ring full. */
  sent: number;
  /** Of them, those that did not come back: `missed` by the full ring, or dropped on the way. */
  lost: number;
  /** Seconds they were sent in. */
  seconds: number;
  /** sent ÷ seconds: a source that is too slow offers less than it was asked for. */
  offeredMpps: number;
}

/** Seconds of frames before those that count: each run has lcores of its own, whose code is new. */
export const WARMUP_SECONDS = 0.5;

/** The traffic port of an offer. What it sends is neither written nor checked, so that it is fast. */
export function trafficPort({ frameBytes, slots, mpps }: Offer): Partial<L2fwdOptions> {
  const room = slots === undefined ? '' : `,slots=${slots}`;
  const rate = mpps === undefined ? '' : `,mpps=${mpps}`;
  const ports = [`traffic0,size=${frameBytes}${rate},check=0${room}`];
  return frameBytes > L2FWD_DEFAULTS.mbufSize ? { ports, mbufSize: frameBytes } : { ports };
}

/** Offers frames at a rate for so many seconds. @throws what `turn.run` throws. */
export async function offerFrames(
  turn: Turn,
  settings: Partial<L2fwdOptions>,
  offer: Offer & { mpps: number; seconds: number },
): Promise<Offered> {
  const latency = Histogram.alone();
  let before: L2fwdSnapshot | undefined;
  let timer: NodeJS.Timeout | undefined;
  const options = {
    ...settings,
    ...trafficPort(offer),
    duration: WARMUP_SECONDS + offer.seconds,
    warmup: Math.floor(offer.mpps * 1e6 * WARMUP_SECONDS),
  };
  const result = await turn.run(options, {
    onStart({ snapshot }) {
      timer = setTimeout(() => {
        before = snapshot();
      }, WARMUP_SECONDS * 1000);
    },
    onLatency: (histogram) => latency.merge(histogram),
  });
  clearTimeout(timer);
  return { result, latency, ...since(before, result) };
}

/** What was sent and lost from one moment of a run to its end. */
function since(
  before: L2fwdSnapshot | undefined,
  { traffic }: L2fwdResult,
): Pick<Offered, 'sent' | 'lost' | 'seconds' | 'offeredMpps'> {
  if (traffic === undefined) throw new TypeError('a run without a traffic port offers nothing');
  const start = before?.traffic;
  const sent = traffic.offered - (start?.offered ?? 0);
  // A frame under way at that moment is not lost yet: only those are that are known to be.
  const dropped = Object.values(before?.dropped ?? {}).reduce((sum, n) => sum + n, 0);
  const lost = traffic.missed + traffic.lost - (start?.missed ?? 0) - dropped;
  const seconds = secondsOf(traffic) - (start === undefined ? 0 : secondsOf(start));
  return { sent, lost, seconds, offeredMpps: seconds > 0 ? sent / seconds / 1e6 : 0 };
}

/** The time in which a source has offered its frames, by the time-stamp counter. */
function secondsOf({ offered, mppsOffered }: { offered: number; mppsOffered: number }): number {
  return mppsOffered > 0 ? offered / mppsOffered / 1e6 : 0;
}
