import { L2FWD_DEFAULTS, type L2fwdOptions } from '../apps/l2fwd/options.js';
import type { L2fwdResult, L2fwdSnapshot } from '../apps/l2fwd/result.js';
import type { RunControl } from '../apps/l2fwd/run.js';
import { Histogram } from '../telemetry/histogram.js';
import type { StageCounts, StageRates } from '../telemetry/stages.js';
import { LOOKS_A_SECOND, lookedAt } from './looked-at.js';
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
  /** Of them, those that did not come back … */
  lost: number;
  /** … by reason: `missed` by the full ring, or dropped on the way by a reason of l2fwd's. Those that were. */
  lostTo: Record<string, number>;
  /** Of the seconds, tenths in which frames were lost: few in a pause, all where it is too much. */
  lossySeconds: number;
  stood: Stood;
  /** Seconds they were sent in. */
  seconds: number;
  /** sent ÷ seconds: a source that is too slow offers less than it was asked for. */
  offeredMpps: number;
}

/** What kept lcores, the traffic port's among them, from their work. */
export interface Stood {
  /** Times that one stood still for 100 µs or longer … */
  stalls: number;
  /** … and how long in all. */
  stalledUs: number;
  /** How often the kernel gave the CPU of one to another thread, warm-up included: it is known at the end. */
  preemptions: number;
}

/** Seconds of frames before those that count: each run has lcores of its own, whose code is new. */
export const WARMUP_SECONDS = 0.5;

const WARMUP_LOOKS = WARMUP_SECONDS * LOOKS_A_SECOND;
/** So much longer does a run go on that a loss has decided: it shows whether frames are lost all the time. */
const LOOKS_AFTER_LOSS = LOOKS_A_SECOND;

/** The traffic port of an offer. What it sends is neither written nor checked, so that it is fast. */
export function trafficPort({ frameBytes, slots, mpps }: Offer): Partial<L2fwdOptions> {
  const room = slots === undefined ? '' : `,slots=${slots}`;
  const rate = mpps === undefined ? '' : `,mpps=${mpps}`;
  const ports = [`traffic0,size=${frameBytes}${rate},check=0${room}`];
  return frameBytes > L2FWD_DEFAULTS.mbufSize ? { ports, mbufSize: frameBytes } : { ports };
}

/**
 * Offers frames at a rate for so many seconds; `untilLost`: or till a second after the first that is lost.
 * @throws what `turn.run` throws.
 */
export async function offerFrames(
  turn: Turn,
  settings: Partial<L2fwdOptions>,
  offer: Offer & { mpps: number; seconds: number; untilLost?: boolean },
): Promise<Offered> {
  const latency = Histogram.alone();
  const watch = new LossWatch(offer.untilLost ? LOOKS_AFTER_LOSS : Number.POSITIVE_INFINITY);
  const options = {
    ...settings,
    ...trafficPort(offer),
    duration: WARMUP_SECONDS + offer.seconds,
    warmup: Math.floor(offer.mpps * 1e6 * WARMUP_SECONDS),
  };
  const onLatency = (histogram: Histogram) => latency.merge(histogram);
  const result = await lookedAt(turn, (control) => watch.look(control)).run(options, { onLatency });
  return { result, latency, ...watch.since(result) };
}

/** Looks at a run while it lasts: what its warm-up has lost, and when frames are lost afterwards. */
class LossWatch {
  private before?: L2fwdSnapshot;
  private lost = 0;
  private looks = 0;
  private lossyLooks = 0;

  /** `patience`: looks that a run is given after the first that found a loss. */
  constructor(private patience: number) {}

  look({ snapshot, end }: RunControl): void {
    if (this.looks++ < WARMUP_LOOKS) return;
    const now = snapshot();
    if (this.before === undefined) {
      this.before = now;
      this.lost = lostBy(now);
      return;
    }
    if (this.lossyLooks > 0) this.patience--;
    this.count(lostBy(now));
    if (this.patience <= 0) end();
  }

  /** What was sent and lost from the end of the warm-up to the end of the run. */
  since({ traffic, stages, dropped }: L2fwdResult): Omit<Offered, 'result' | 'latency'> {
    if (traffic === undefined) throw new TypeError('a run without a traffic port offers nothing');
    const { before } = this;
    const start = before?.traffic;
    const sent = traffic.offered - (start?.offered ?? 0);
    const all = traffic.missed + traffic.lost;
    const lost = all - (before === undefined ? 0 : lostBy(before));
    const lostTo = more(lossesOf({ traffic, dropped }), before && lossesOf(before));
    this.count(all);
    const seconds = secondsOf(traffic) - (start === undefined ? 0 : secondsOf(start));
    const offeredMpps = seconds > 0 ? sent / seconds / 1e6 : 0;
    const lossySeconds = this.lossyLooks / LOOKS_A_SECOND;
    const stood = stoodBy({ stages, traffic });
    if (before !== undefined) {
      const was = stoodBy(before);
      stood.stalls -= was.stalls;
      stood.stalledUs -= was.stalledUs;
    }
    return { sent, lost, lostTo, lossySeconds, stood, seconds, offeredMpps };
  }

  private count(lost: number): void {
    if (lost > this.lost) this.lossyLooks++;
    this.lost = lost;
  }
}

/** Frames known to be lost; those under way are not yet. */
function lostBy(passed: Passed): number {
  return Object.values(lossesOf(passed)).reduce((sum, n) => sum + n);
}

function lossesOf({ traffic, dropped }: Passed): Record<string, number> {
  return { missed: traffic?.missed ?? 0, ...dropped };
}

/** By how much each of the losses grew, if it did. */
function more(losses: Record<string, number>, before: Record<string, number> = {}) {
  const grown = Object.entries(losses).map(([why, n]) => [why, n - (before[why] ?? 0)] as const);
  return Object.fromEntries(grown.filter(([, n]) => n > 0));
}

type Passed = Pick<L2fwdSnapshot, 'traffic' | 'dropped'>;

/** What kept the lcores, and the source's, from their work: by counts, or by a whole run's figures. */
function stoodBy({ stages, traffic }: Standing): Stood {
  const all: Partial<Stood & StageCounts>[] = [...stages, ...(traffic ? [traffic] : [])];
  const sum = (name: keyof Stood) => all.reduce((n, one) => n + (one[name] ?? 0), 0);
  return {
    stalls: sum('stalls'),
    stalledUs: sum('stalledUs'),
    preemptions: sum('preemptions'),
  };
}

type Standing = Pick<L2fwdSnapshot, 'traffic'> & { stages: readonly (StageCounts | StageRates)[] };

/** The time in which a source has offered its frames, by the time-stamp counter. */
function secondsOf({ offered, mppsOffered }: { offered: number; mppsOffered: number }): number {
  return mppsOffered > 0 ? offered / mppsOffered / 1e6 : 0;
}
