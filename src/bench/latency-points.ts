import type { MemoryKind } from '../apps/l2fwd/options.js';
import { L2FWD_DEFAULTS, METHODS, type MethodName } from '../apps/l2fwd/options.js';
import type { TrafficFixed } from './offered.js';
import type { Place } from './points.js';
import { type Repeats, repeatsFor } from './repeats.js';

/** What has a peak, of which the loads are shares. */
export interface PeakPoint extends Place {
  burst: number;
}

/** One offered rate: a share of the peak, or so many Mpps. */
export interface LatencyPoint extends PeakPoint {
  timeoutUs: number;
  load?: number;
  offeredMpps?: number;
}

export interface LatencySweep extends Repeats, TrafficFixed {
  methods: MethodName[];
  memory: MemoryKind[];
  bursts: number[];
  frameBytes: number;
  /** Offered rates as shares of the peak. */
  loads: number[];
  /** Instead of loads: Mpps. */
  offer?: number[];
  /** Of every offered rate; absent: l2fwd's, and LOW_TIMEOUTS at a low rate. */
  timeouts?: number[];
}

/** A rate at which bursts rarely fill before the timeout, and timeouts that show what it costs. */
const LOW_LOAD = 0.01;
const LOW_TIMEOUTS = [10, 50, 200];

const COMMON = { methods: [...METHODS], frameBytes: 1024, loads: [0.1, 0.3, 0.5, 0.7, 0.9] };

/** What is asked for, the rest as befits the device of this driver. */
export function completeLatencySweep(given: Partial<LatencySweep>, driver: string): LatencySweep {
  const software: Pick<LatencySweep, 'memory' | 'bursts'> = { memory: ['host'], bursts: [16] };
  const cuda: typeof software = { memory: ['host', 'gpu'], bursts: [16, 64] };
  const own = driver === 'software' ? software : cuda;
  return { ...COMMON, ...own, ...repeatsFor(driver), ...given };
}

export function peakPoints({ methods, memory, bursts }: LatencySweep): PeakPoint[] {
  return methods.flatMap((method) =>
    memory.flatMap((kind) => bursts.map((burst) => ({ method, memory: kind, burst }))),
  );
}

/** The offered rates for one peak, timeouts next to each other. */
export function latencyPoints(peak: PeakPoint, sweep: LatencySweep): LatencyPoint[] {
  const { loads, offer, timeouts } = sweep;
  const at = (rates: Pick<LatencyPoint, 'load' | 'offeredMpps'>[], times: number[]) =>
    rates.flatMap((rate) => times.map((timeoutUs) => ({ ...peak, timeoutUs, ...rate })));
  const usual = timeouts ?? [L2FWD_DEFAULTS.timeoutUs];
  if (offer !== undefined)
    return at(
      offer.map((offeredMpps) => ({ offeredMpps })),
      usual,
    );
  const shares = at(
    loads.map((load) => ({ load })),
    usual,
  );
  if (loads.includes(LOW_LOAD)) return shares;
  return [...at([{ load: LOW_LOAD }], timeouts ?? LOW_TIMEOUTS), ...shares];
}
