import type { L2fwdOptions } from '../apps/l2fwd/options.js';
import type { L2fwdResult } from '../apps/l2fwd/result.js';
import { type Offer, type Offered, offerFrames, trafficPort, WARMUP_SECONDS } from './offered.js';
import { peakRuns } from './peak.js';
import { RateSearch } from './rate-search.js';
import { spread } from './spread.js';
import type { Turn } from './sweep.js';
import type { ZeroLossSweep } from './zero-loss-points.js';
import type { Trial, ZeroLossFound } from './zero-loss-row.js';

/** How a search goes on: as the sweep says. */
export interface SearchSetup extends SearchLengths {
  settings: Partial<L2fwdOptions>;
  offer: Offer;
  retries: number;
  /** In words, after each trial: what is left, if so many seconds of trials are. */
  left(seconds: number): string;
}

type SearchLengths = Pick<ZeroLossSweep, 'seconds' | 'confirmSeconds' | 'resolution'>;

/** Measured runs of a peak, after one that warms up. */
const PEAKS = 3;

/**
 * Seconds of each. A rate that a machine holds for one second, because nobody else wants its CPUs just then,
 * is none to compare ten seconds with.
 */
const peakSeconds = (trialSeconds: number) => Math.min(5, trialSeconds);

/** Seconds that a search takes if frames are lost at the peak, and what it finds is confirmed. */
export function searchSeconds(lengths: SearchLengths): number {
  const peaks = peakRuns(peakSeconds(lengths.seconds), () => ({}));
  const search = new RateSearch(1, lengths.resolution);
  return peaks.lasts(0, 0) + PEAKS * peaks.lasts(0, 1) + trialSeconds(search, lengths);
}

/** Seconds of the trials that a search has still to make; the last one confirms. */
function trialSeconds({ left }: RateSearch, { seconds, confirmSeconds }: SearchLengths): number {
  if (left === 0) return 0;
  return (left - 1) * (WARMUP_SECONDS + seconds) + WARMUP_SECONDS + confirmSeconds;
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
  const unpaced = { ...settings, ...trafficPort(offer) };
  const runs = await peaksOf(unpaced, peakSeconds(setup.seconds), turn);
  if (runs.length === 0) return undefined;
  const peaks = runs.map(({ mpps }) => mpps);
  const peak = spread(peaks).median;
  const search = new RateSearch(peak, setup.resolution * peak, retries);
  const trials: Trial[] = [];
  let crowded = false;
  for (let mpps = search.next; mpps !== undefined; mpps = search.next) {
    const { confirming } = search;
    const seconds = confirming ? setup.confirmSeconds : setup.seconds;
    const offered = await offerFrames(turn, settings, { ...offer, mpps, seconds });
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
  return { peaks, trials, zeroLossMpps, crowded };
}

/** As fast as it goes, a few times. */
async function peaksOf(
  settings: Partial<L2fwdOptions>,
  each: number,
  turn: Turn,
): Promise<L2fwdResult[]> {
  const runs = peakRuns(each, () => settings);
  const found: L2fwdResult[] = [];
  for (let round = 0; round <= PEAKS && !turn.stop?.aborted; round++) {
    const seconds = runs.lasts(settings, round);
    const result = await runs.measure(settings, { ...turn, round, seconds });
    if (round > 0 && result !== undefined) found.push(result);
  }
  return found;
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
