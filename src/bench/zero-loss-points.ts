import { METHODS, type MemoryKind, type MethodName } from '../apps/l2fwd/options.js';
import type { TrafficFixed } from './offered.js';
import type { Place } from './points.js';
import type { Repeats } from './repeats.js';

/** Where frames come from: a traffic port, at any rate, or testpmd, as fast as it can. */
export const GENERATORS = ['traffic', 'testpmd'] as const;
export type GeneratorName = (typeof GENERATORS)[number];

/** One search. */
export interface ZeroLossPoint extends Place {
  burst: number;
  frameBytes: number;
  generator: GeneratorName;
  /** Gbit/s of the link that frames come from: no more is offered than it carries. Absent: no link. */
  lineRateGbps?: number;
}

/** `seconds` is what a trial of the search takes, after its warm-up; there is one search a point. */
export interface ZeroLossSweep extends Repeats, TrafficFixed {
  methods: MethodName[];
  memory: MemoryKind[];
  bursts: number[];
  sizes: number[];
  generators: GeneratorName[];
  /** Of links, in Gbit/s; 0: without one. */
  lineRates: number[];
  /** How closely the rate is searched for, as a share of the peak. */
  resolution: number;
  /** Seconds of the trial that confirms what was found. */
  confirmSeconds: number;
  /** How often a rate at which frames were lost is tried again. */
  retries: number;
}

const DEFAULTS: Omit<ZeroLossSweep, 'confirmSeconds'> = {
  methods: [...METHODS],
  memory: ['host'],
  bursts: [32],
  sizes: [1024],
  generators: ['traffic'],
  lineRates: [0],
  resolution: 0.01,
  retries: 0,
  repeats: 1,
  seconds: 10,
};

/** What is asked for, the rest as befits the device of this driver. */
export function completeZeroLossSweep(
  given: Partial<ZeroLossSweep>,
  driver: string,
): ZeroLossSweep {
  const memory: MemoryKind[] = driver === 'software' ? ['host'] : ['host', 'gpu'];
  const sweep = { ...DEFAULTS, memory, ...given };
  return { confirmSeconds: sweep.seconds, ...sweep };
}

/**
 * Every combination; line rates next to each other, testpmd without: it has the one rate. Traffic ports
 * come first: testpmd cannot have all kinds of memory, and what one of them cannot have is left out from
 * then on.
 */
export function zeroLossPoints(sweep: ZeroLossSweep): ZeroLossPoint[] {
  const { methods, memory, bursts, sizes, generators, lineRates } = sweep;
  const inOrder = GENERATORS.filter((name) => generators.includes(name));
  return inOrder.flatMap((generator) =>
    methods.flatMap((method) =>
      memory.flatMap((kind) =>
        bursts.flatMap((burst) =>
          sizes.flatMap((frameBytes) =>
            (generator === 'traffic' ? lineRates : [0]).map((gbps) => ({
              ...{ method, memory: kind, burst, frameBytes, generator },
              ...(gbps > 0 && { lineRateGbps: gbps }),
            })),
          ),
        ),
      ),
    ),
  );
}
