import { MEMORY_KINDS, METHODS, type MemoryKind, type MethodName } from '../apps/l2fwd/options.js';

/** One place in the sweep of `bench methods`: what a row of its report varies. */
export interface Point {
  method: MethodName;
  memory: MemoryKind;
  burst: number;
  pipelines: number;
}

/** What is varied, how often each point is run, and how long. */
export interface Sweep {
  methods: MethodName[];
  memory: MemoryKind[];
  bursts: number[];
  pipelines: number[];
  /** Measured runs of each point, after the one that warms up. */
  repeats: number;
  /** Seconds a measured run counts. */
  seconds: number;
}

/** `cpu` is no GPU method; `bench cpu` measures it. */
const BESIDE_CPU = METHODS.filter((name) => name !== 'cpu');

const FULL: Sweep = {
  methods: BESIDE_CPU,
  memory: [...MEMORY_KINDS],
  bursts: [8, 16, 32, 64, 128, 256],
  pipelines: [1, 2, 4],
  repeats: 5,
  seconds: 1,
};

/** TypeScript in place of a GPU: a minute is enough to see that every method runs, and how. */
const SOFTWARE: Sweep = {
  ...FULL,
  memory: ['host'],
  bursts: [16, 64],
  pipelines: [1],
  repeats: 3,
  seconds: 0.5,
};

/** What is asked for, the rest as befits the device of this driver. */
export function completeSweep(given: Partial<Sweep>, driver: string): Sweep {
  return { ...(driver === 'software' ? SOFTWARE : FULL), ...given };
}

/** Every combination; bursts next to each other, as a reader compares them. */
export function pointsOf({ methods, memory, bursts, pipelines }: Sweep): Point[] {
  return methods.flatMap((method) =>
    memory.flatMap((kind) =>
      pipelines.flatMap((pairs) =>
        bursts.map((burst): Point => ({ method, memory: kind, burst, pipelines: pairs })),
      ),
    ),
  );
}

/**
 * The order of a round. Every point has its turn in every round, so that drift of the machine hits
 * all alike; every other round goes backwards, so that no point always follows the same one.
 */
export function roundOrder<T>(points: readonly T[], round: number): T[] {
  return round % 2 === 0 ? [...points] : [...points].reverse();
}

/** A point in a few words. */
export function pointName({ method, memory, burst, pipelines }: Point): string {
  return `${method} ${memory} burst ${burst} pipelines ${pipelines}`;
}
