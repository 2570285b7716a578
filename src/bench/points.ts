import { MEMORY_KINDS, METHODS, type MemoryKind, type MethodName } from '../apps/l2fwd/options.js';
import { type Repeats, repeatsFor } from './repeats.js';

/** What any point of a sweep has; a bench adds what it varies. Flat: its fields are a row's. */
export interface Place {
  method: MethodName;
  memory: MemoryKind;
}

/** One place in the sweep of `bench methods`: what a row of its report varies. */
export interface Point extends Place {
  burst: number;
  pipelines: number;
}

/** What is varied, how often each point is run, and how long. */
export interface Sweep extends Repeats {
  methods: MethodName[];
  memory: MemoryKind[];
  bursts: number[];
  pipelines: number[];
}

/** `cpu` is no GPU method; `bench cpu` measures it. */
const BESIDE_CPU = METHODS.filter((name) => name !== 'cpu');

const FULL: Sweep = {
  methods: BESIDE_CPU,
  memory: [...MEMORY_KINDS],
  bursts: [8, 16, 32, 64, 128, 256],
  pipelines: [1, 2, 4],
  ...repeatsFor('cuda'),
};

/** TypeScript in place of a GPU: a minute is enough to see that every method runs, and how. */
const SOFTWARE: Sweep = {
  ...FULL,
  memory: ['host'],
  bursts: [16, 64],
  pipelines: [1],
  ...repeatsFor('software'),
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
export function pointName({ method, memory, ...varied }: Place): string {
  const rest = Object.entries(varied).map(([name, value]) => `${name} ${value}`);
  return [method, memory, ...rest].join(' ');
}
