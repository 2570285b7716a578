import type { MemoryKind, MethodName } from '../apps/l2fwd/options.js';
import type { QueueCounts } from '../apps/l2fwd/result.js';
import type { StageRates } from '../telemetry/stages.js';
import type { BackToBackOptions, BackToBackPoint } from './back-to-back.js';
import { type BackToBackRound, lostOf, type Second } from './back-to-back-round.js';
import type { Link } from './generator.js';
import { medians, spread } from './spread.js';

/**
 * A row of `bench back-to-back`. Frames are sums over l2fwd's rounds, warm-up included, from the
 * first to the last: sent = rx, rx = tx + Σ dropped, tx = back. Rates are medians over the rounds.
 */
export interface BackToBackRow {
  port: Link;
  method: MethodName;
  device: string;
  memory: MemoryKind;
  burst: number;
  frameBytes: number;
  queues: number;
  /** testpmd lent its mbufs, and copied nothing. */
  zeroCopy: boolean;
  /** l2fwd sent to a net_null port, and nothing back. */
  oneWay: boolean;
  rounds: number;
  /** By testpmd into the link … */
  sent: number;
  /** … and made by it without finding room there: no loss of l2fwd's. */
  refused: number;
  rx: number;
  missed: number;
  tx: number;
  dropped: Record<string, number>;
  /** By testpmd out of the link; one way, by the net_null port (and by testpmd, which is to get nothing). */
  back: number;
  /** The equations above hold, and every mbuf is back in its pool. */
  balanced: boolean;
  /** What testpmd sent. */
  sentMpps: number;
  sentGbps: number;
  /** What came back to it, or one way went on. */
  mpps: number;
  mppsMin: number;
  mppsMax: number;
  gbps: number;
  /** Threads outnumbered the CPUs: rates say little. */
  crowded: boolean;
  checked?: number;
  wrong?: number;
  /** What came back from testpmd `macswap` in l2fwd's place. */
  testpmdMpps?: number;
  testpmdMppsMin?: number;
  testpmdMppsMax?: number;
  /** Median of the rounds' ratios, l2fwd's ÷ testpmd's. */
  ratio?: number;
  ratioMin?: number;
  ratioMax?: number;
  /** Of the last round. */
  perQueue: QueueCounts[];
  perSecond: Second[];
  /** Of the last round: which of l2fwd's lcores has time left. */
  stages: StageRates[];
}

export function rowOf(
  { port, memory, burst, verify, zeroCopy, oneWay }: BackToBackOptions,
  { method, frameBytes, queues }: BackToBackPoint,
  ours: BackToBackRound[],
  theirs: BackToBackRound[],
): BackToBackRow {
  const sum = (value: (round: BackToBackRound) => number) =>
    ours.reduce((total, round) => total + value(round), 0);
  const last = ours[ours.length - 1].result;
  const median = (value: (round: BackToBackRound) => number) => spread(ours.map(value)).median;
  return {
    port,
    method,
    device: last?.device.name ?? '',
    memory,
    burst,
    frameBytes,
    queues,
    zeroCopy,
    oneWay,
    rounds: ours.length,
    sent: sum((round) => round.sent),
    refused: sum((round) => round.refused),
    rx: sum((round) => round.rx),
    missed: sum((round) => round.missed),
    tx: sum((round) => round.tx),
    dropped: droppedOf(ours),
    back: sum((round) => round.back),
    balanced: ours.every(isBalanced),
    sentMpps: median((round) => round.sentMpps),
    sentGbps: median((round) => round.sentGbps),
    ...medians(
      'mpps',
      ours.map(({ mpps }) => mpps),
    ),
    gbps: median((round) => round.gbps),
    crowded: last?.crowded ?? false,
    ...(verify && {
      checked: sum(({ result }) => result?.verify?.checked ?? 0),
      wrong: sum(({ result }) => result?.verify?.wrong ?? 0),
    }),
    ...against(ours, theirs),
    perQueue: last?.queues ?? [],
    perSecond: ours[ours.length - 1].seconds,
    stages: ours[ours.length - 1].stages ?? [],
  };
}

/** What testpmd did in turn with us, where it did. */
function against(ours: BackToBackRound[], theirs: BackToBackRound[]): Partial<BackToBackRow> {
  const both = Math.min(ours.length, theirs.length);
  if (both === 0) return {};
  const ratios = theirs.slice(0, both).map(({ mpps }, i) => ours[i].mpps / mpps);
  const peer = theirs.map(({ mpps }) => mpps);
  return { ...medians('testpmdMpps', peer), ...medians('ratio', ratios) };
}

function droppedOf(rounds: BackToBackRound[]): Record<string, number> {
  const all: Record<string, number> = {};
  for (const { dropped } of rounds)
    for (const [reason, packets] of Object.entries(dropped))
      all[reason] = (all[reason] ?? 0) + packets;
  return all;
}

/** What the port says it missed is a frame it never gave us. */
function isBalanced(round: BackToBackRound): boolean {
  const { sent, rx, tx, missed, back, result } = round;
  const whole = result === undefined || result.mempool.available === result.mempool.size;
  return sent === rx + missed && rx === tx + lostOf(round) && tx === back && whole;
}
