import type { Disturbed } from '../lcore/lcore.js';

/**
 * The stages of a run in the terms of VPP's `show runtime` and of grout: each lcore, and what the
 * GPU does for each path. Counts are since the start of the run; cycles are of the time-stamp
 * counter, Us microseconds.
 */
export type StageCounts = LcoreCounts | GpuCounts;

export interface LcoreCounts {
  kind: 'lcore';
  /** Its role and the first of its paths: `rx0`, `tx0`, or `all0` where one does everything. */
  stage: string;
  /** Calls that moved packets, and calls that moved none. */
  calls: number;
  emptyCalls: number;
  /** Received; by a TX lcore, sent. */
  packets: number;
  /** In calls that moved packets and in what followed from them. */
  busyCycles: number;
  /** In empty calls and waiting. */
  idleCycles: number;
  /** Times that it stood still for 100 µs or longer though it did not wait, and how long in all. */
  stalls: number;
  stalledUs: number;
}

export interface GpuCounts {
  kind: 'gpu';
  /** `gpu0` works for path 0. */
  stage: string;
  /** Items that went round with packets in them. */
  calls: number;
  packets: number;
  /** Kernels and graphs launched while the run lasted. */
  launches: number;
  /** Items handed to the GPU that the TX lcore has not freed yet. */
  inFlight: number;
}

/**
 * What a stage did between two looks. A figure that is not known, or of nothing, is absent: what
 * disturbed an lcore is known when it has ended.
 */
export interface StageRates extends Partial<Disturbed> {
  kind: StageCounts['kind'];
  stage: string;
  calls: number;
  emptyCalls?: number;
  packets: number;
  packetsPerCall?: number;
  cyclesPerCall?: number;
  cyclesPerPacket?: number;
  /** Share of its time that an lcore spent in empty calls and waiting, 0 to 1. */
  idle?: number;
  /** Times that an lcore stood still for 100 µs or longer, and how long in all. */
  stalls?: number;
  stalledUs?: number;
  launches?: number;
  /** At the second look. */
  inFlight?: number;
}

/** The stages at two looks, or since the start of the run; a stage keeps its place in the list. */
export function stageRates(
  now: readonly StageCounts[],
  before?: readonly StageCounts[],
): StageRates[] {
  return now.map((stage, i) => {
    const earlier = before?.[i];
    const since = (count: string) => numberOf(stage, count) - numberOf(earlier, count);
    const [calls, packets] = [since('calls'), since('packets')];
    const common = { kind: stage.kind, stage: stage.stage, calls, packets };
    const packetsPerCall = quotient(packets, calls);
    if (stage.kind === 'gpu')
      return { ...common, packetsPerCall, launches: since('launches'), inFlight: stage.inFlight };
    const [busy, idle] = [since('busyCycles'), since('idleCycles')];
    return {
      ...common,
      emptyCalls: since('emptyCalls'),
      packetsPerCall,
      cyclesPerCall: quotient(busy, calls),
      cyclesPerPacket: quotient(busy, packets),
      // An lcore accounts for its time at each call: one that made none has waited for its turn.
      idle: quotient(idle, busy + idle) ?? 1,
      stalls: since('stalls'),
      stalledUs: since('stalledUs'),
    };
  });
}

function numberOf(stage: StageCounts | undefined, count: string): number {
  return (stage as Record<string, number> | undefined)?.[count] ?? 0;
}

function quotient(of: number, by: number): number | undefined {
  return by === 0 ? undefined : of / by;
}
