import type { L2fwdOptions } from '../apps/l2fwd/options.js';
import { type Offer, type Offered, offerFrames, trafficPort, WARMUP_SECONDS } from './offered.js';
import { peakLasts, peakRuns, warmupOf } from './peak.js';
import { RateSearch } from './rate-search.js';
import { spread } from './spread.js';
import type { Turn } from './sweep.js';
import { Tenths } from './tenths.js';
import type { ZeroLossSweep } from './zero-loss-points.js';
import type { Trial, ZeroLossFound } from './zero-loss-row.js';

/** How a search goes on: as the sweep says. */
export interface SearchSetup extends SearchLengths {
  settings: Partial<L2fwdOptions>;
  /** `mpps`: what the link carries; no trial offers more. */
  offer: Offer;
  retries: number;
  /** In words, after each trial: what is left, if so many seconds of trials are. */
  left(seconds: number): string;
}

type SearchLengths = Pick<ZeroLossSweep, 'seconds' | 'confirmSeconds' | 'resolution'>;

/**
 * Runs that measure the peak before the first trial, after one that warms up; before each other trial there is
 * one more. What is compared is so measured in turn, on a machine whose neighbours come and go.
 */
const FIRST_PEAKS = 3;
/** Seconds of each. */
const peakSeconds = (trialSeconds: number) => Math.min(2, trialSeconds);

/** Seconds that a search takes if frames are lost at the peak, and what it finds is confirmed. */
export function searchSeconds(lengths: SearchLengths): number {
  const each = peakSeconds(lengths.seconds);
  const first = peakLasts(each, 0) + (FIRST_PEAKS - 1) * peakLasts(each, 1);
  return first + trialSeconds(new RateSearch(1, lengths.resolution), lengths);
}

/** Seconds of the trials that a search has still to make, each with its peak; the last one confirms. */
function trialSeconds({ left }: RateSearch, { seconds, confirmSeconds }: SearchLengths): number {
  if (left === 0) return 0;
  return (
    left * (peakLasts(peakSeconds(seconds), 1) + WARMUP_SECONDS) +
    (left - 1) * seconds +
    confirmSeconds
  );
}

/**
 * Measures the peak, then the highest rate without loss (RFC 2544, section 26.1), each trial a run of
 * its own with frames from a traffic port. Undefined where nothing came through, or it was stopped.
 */
export async function searchZeroLoss(
  setup: SearchSetup,
  turn: Turn,
): Promise<ZeroLossFound | undefined> {
  const { settings, offer, retries } = setup;
  const peaks = new Peaks({ ...settings, ...trafficPort(offer) }, peakSeconds(setup.seconds), turn);
  for (let round = 0; round <= FIRST_PEAKS; round++) await peaks.measure(round);
  if (peaks.mpps.length === 0) return undefined;
  const peak = spread(peaks.mpps).median;
  const search = new RateSearch(peak, setup.resolution * peak, { retries, most: offer.mpps });
  const trials: Trial[] = [];
  let crowded = false;
  for (let mpps = search.next; mpps !== undefined; mpps = search.next) {
    const { confirming } = search;
    if (trials.length > 0) await peaks.measure(1);
    const seconds = confirming ? setup.confirmSeconds : setup.seconds;
    const offered = await offerFrames(turn, settings, {
      ...{ ...offer, mpps, seconds },
      untilLost: true,
    });
    if (turn.stop?.aborted) return undefined;
    search.note(offered);
    trials.push(trialOf(offered, confirming));
    crowded ||= offered.result.crowded ?? false;
    const left = setup.left(trialSeconds(search, setup));
    turn.say(
      `  ${describe(trials)} at ${mpps.toPrecision(4)} of ${peak.toPrecision(4)} Mpps; ${left}`,
    );
  }
  const zeroLossMpps = search.sure ? (trials.at(-1)?.offeredMpps ?? 0) : 0;
  return { peaks: peaks.mpps, slowest: peaks.slowest, trials, zeroLossMpps, crowded };
}

/** As fast as it goes, or as the link: whatever is lost. */
class Peaks {
  /** What was measured. */
  readonly mpps: number[] = [];
  private readonly tenths: Tenths;
  private readonly runs: ReturnType<typeof peakRuns<Partial<L2fwdOptions>>>;

  constructor(
    private readonly settings: Partial<L2fwdOptions>,
    seconds: number,
    private readonly turn: Turn,
  ) {
    this.runs = peakRuns(seconds, (settings) => settings);
    this.tenths = new Tenths(warmupOf(seconds), peakLasts(seconds, 1));
  }

  /** Mpps of the slowest tenth of a second; undefined: there was none that counts. */
  get slowest(): number | undefined {
    const { slowest } = this.tenths;
    return Number.isFinite(slowest) ? slowest : undefined;
  }

  /** Once more; `round` 0 warms up. */
  async measure(round: number): Promise<void> {
    const { runs, settings, tenths, turn } = this;
    if (turn.stop?.aborted) return;
    const seconds = runs.lasts(settings, round);
    const own = { ...turn, round, seconds };
    const result = await runs.measure(settings, round === 0 ? own : tenths.of(own));
    if (round > 0 && result !== undefined) this.mpps.push(result.mpps);
  }
}

function trialOf(offered: Offered, confirming: boolean): Trial {
  const { offeredMpps, seconds, sent, lost, lostTo, lossySeconds, stood } = offered;
  const confirms = confirming && { confirms: true as const };
  const why = lost > 0 && { lostTo };
  return { offeredMpps, seconds, sent, lost, ...why, lossySeconds, ...stood, ...confirms };
}

function describe(trials: Trial[]): string {
  const { lost, sent, lossySeconds = 0, confirms } = trials[trials.length - 1];
  const name = `${confirms ? 'confirming trial' : 'trial'} ${trials.length}`;
  const when = lost === 0 ? '' : ` in ${lossySeconds.toFixed(1)} s`;
  return `${name}: ${lost} of ${sent} lost${when}`;
}
