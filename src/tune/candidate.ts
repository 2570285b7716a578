import { L2FWD_DEFAULTS, type MemoryKind, type MethodName } from '../apps/l2fwd/options.js';
import type { Place } from '../bench/points.js';
import type { Method } from '../methods/method.js';
import { methods } from '../methods/table.js';

/** A set of l2fwd's options that tune may choose. */
export interface Candidate extends Place {
  burst: number;
  timeoutUs: number;
  items: number;
  blocks: number;
  pipelines: number;
  /** --lcores: 1 at both ends of a path, or 2. */
  lcoresPerPath: number;
}

/** What tune may choose from; ladders go up. */
export interface Space {
  methods: MethodName[];
  memory: MemoryKind;
  /** Those of the coarse grid. */
  bursts: number[];
  pipelines: number[];
  /** The timeout of the coarse grid. */
  timeoutUs: number;
  /** Whether items go out partly filled, so that the timeout matters. */
  partial: boolean;
  /** CPUs for lcores: more are asked for only where one pipeline takes more. */
  cpus: number;
  ports: number;
  /** Whether one lcore may be at both ends of a path (src/apps/l2fwd/lcores.ts). */
  passes: boolean;
}

const LADDERS = {
  burst: [8, 16, 32, 64, 128, 256, 512, 1024],
  blocks: [4, 8, 16, 32, 64, 128],
  items: [32, 64, 128, 256, 512, 1024],
  timeoutUs: [0, 5, 10, 20, 50, 100, 200],
};

/** Packets in a path's list at most: a mempool of that size takes half a gigabyte. */
const MOST_PACKETS = 2 ** 17;

/** The timeout to begin with: l2fwd's own, or less where 99 % of the packets may take so long only. */
export function firstTimeout(p99Us = Infinity): number {
  const most = Math.min(L2FWD_DEFAULTS.timeoutUs, p99Us / 3);
  return LADDERS.timeoutUs.findLast((one) => one <= most) ?? 0;
}

/** Every method at every burst, the rest as l2fwd has it: l2fwd's own burst first, as most likely. */
export function coarseGrid(space: Space): Candidate[] {
  const { memory, bursts, pipelines, timeoutUs } = space;
  const { items, blocks, burst: usual } = L2FWD_DEFAULTS;
  const far = (burst: number) => Math.abs(Math.log2(burst / usual));
  return bursts
    .toSorted((a, b) => far(a) - far(b))
    .flatMap((burst) =>
      space.methods.map((method) => {
        const lcoresPerPath = usualLcores(methods[method], space);
        const rest = { items, blocks, pipelines: pipelines[0], lcoresPerPath };
        return { method, memory, burst, timeoutUs, ...rest };
      }),
    );
}

/** One step away in one option, of those that make a difference to the method. */
export function neighbours(of: Candidate, space: Space): Candidate[] {
  const steps: [keyof typeof LADDERS | 'pipelines' | 'lcoresPerPath', number[]][] = [
    ['pipelines', space.pipelines],
    ['burst', LADDERS.burst],
  ];
  if (sharesEnds(of)) steps.push(['lcoresPerPath', [1, 2]]);
  if (of.method === 'persistent') steps.push(['blocks', LADDERS.blocks]);
  if (usesList(of)) steps.push(['items', LADDERS.items]);
  if (usesList(of) && space.partial) steps.push(['timeoutUs', LADDERS.timeoutUs]);
  return steps
    .flatMap(([name, ladder]) =>
      beside(ladder, of[name]).map((value) => ({ ...of, [name]: value })),
    )
    .filter((one) => fits(one, space));
}

function beside(ladder: number[], value: number): number[] {
  const below = ladder.filter((one) => one < value).at(-1);
  const above = ladder.find((one) => one > value);
  return [above, below].filter((one) => one !== undefined);
}

function fits(one: Candidate, space: Space): boolean {
  if (one.items * one.burst * one.pipelines > MOST_PACKETS) return false;
  return one.pipelines === space.pipelines[0] || lcoresOf(one, space) <= space.cpus;
}

/** Lcores that forward; a traffic port's own are not counted. */
export function lcoresOf(one: Candidate, { ports }: Space): number {
  const { method: name, pipelines, lcoresPerPath } = one;
  const method: Method = methods[name];
  return method.runToCompletion ? pipelines : pipelines * ports * lcoresPerPath;
}

/** As l2fwd has it where --lcores does not say. */
function usualLcores({ lcores, passes }: Method, space: Space): number {
  return passes && space.passes ? 1 : Object.keys(lcores).length;
}

/** Whether a path's ends may have an lcore each. */
export function sharesEnds({ method: name }: Candidate): boolean {
  return Object.keys(methods[name].lcores).length === 2;
}

/** Whether items go round in a list, whose length and timeout matter then. */
export function usesList({ method: name }: Candidate): boolean {
  const method: Method = methods[name];
  return !method.runToCompletion;
}

export function keyOf(one: Candidate): string {
  return Object.values(inOrder(one)).join(' ');
}

/** In a few words; what makes no difference to the method is left out. */
export function nameOf(one: Candidate): string {
  const { method, burst, pipelines, lcoresPerPath, blocks, items, timeoutUs } = one;
  const words = [`${method} burst ${burst} pipelines ${pipelines}`];
  if (sharesEnds(one)) words.push(`lcores ${lcoresPerPath}`);
  if (method === 'persistent') words.push(`blocks ${blocks}`);
  if (usesList(one)) words.push(`items ${items} timeout ${timeoutUs}`);
  return words.join(' ');
}

function inOrder(one: Candidate) {
  const { method, memory, burst, timeoutUs, items, blocks, pipelines, lcoresPerPath } = one;
  return { method, memory, burst, timeoutUs, items, blocks, pipelines, lcoresPerPath };
}
