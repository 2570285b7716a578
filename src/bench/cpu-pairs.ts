import { refusing } from '../apps/l2fwd/cpus.js';
import { Eal } from '../dpdk/eal.js';
import { Lcore } from '../lcore/lcore.js';
import { native } from '../memory/native.js';
import { Ball, type PairsPlan } from './cpu-pairs-lcore.js';
import { type Origin, origin } from './machine.js';
import { medians } from './spread.js';

/** How long a word takes from one CPU's store to where another CPU sees it, in nanoseconds. */
export interface PairRow {
  cpu: number;
  to: number;
  ns: number;
  nsMin: number;
  nsMax: number;
}

export interface CpuPairsResult extends Origin {
  bench: 'cpus';
  rows: PairRow[];
  /** Ctrl-C ended it: pairs that were over by then. */
  interrupted?: true;
}

/** Measurements of a pair, each of so many round trips. */
const SLICES = 5;
const TRIPS = 20_000;

/**
 * What an item costs that changes hands between two lcores comes down to this: two threads, pinned to
 * each pair of CPUs in turn, pass a cache line to and fro. @throws OPTION_VALUE for fewer than two.
 */
export async function benchCpuPairs(
  given?: readonly number[],
  { stop, command }: { stop?: AbortSignal; command?: string } = {},
): Promise<CpuPairsResult> {
  Eal.start();
  const cpus = judged(given);
  const pairs = cpus.flatMap((cpu, i) => cpus.slice(i + 1).map((to) => [cpu, to] as const));
  const plan: PairsPlan = {
    pairs,
    slices: SLICES,
    trips: TRIPS,
    words: new SharedArrayBuffer(Ball.BYTES),
    cycles: new SharedArrayBuffer(8 * SLICES * pairs.length),
  };
  const ball = new Ball(plan.words);
  const drop = () => ball.drop();
  stop?.addEventListener('abort', drop);
  if (stop?.aborted) drop();
  const module = new URL('./cpu-pairs-lcore.js', import.meta.url).href;
  const lcores = [0, 1].map((side) => {
    const program = { module, export: 'passBall' };
    return new Lcore({ name: `wl-pair${side}`, program, data: { side, plan } });
  });
  for (const lcore of lcores) void lcore.ended.then((error) => error && drop());
  const errors = await Promise.all(lcores.map(({ ended }) => ended));
  stop?.removeEventListener('abort', drop);
  const [error] = errors.filter((one) => one !== undefined);
  if (error !== undefined) throw error;
  return {
    bench: 'cpus',
    ...origin(command),
    rows: rowsOf(plan, native.tscHz()),
    ...(stop?.aborted && { interrupted: true as const }),
  };
}

/** Pairs that were measured whole. */
function rowsOf({ pairs, slices, trips, cycles }: PairsPlan, hz: number): PairRow[] {
  const all = new Float64Array(cycles);
  return pairs.flatMap(([cpu, to], i) => {
    const ways = [...all.subarray(i * slices, (i + 1) * slices)];
    if (ways.includes(0)) return [];
    const ns = ways.map((cycles) => ((cycles / (2 * trips)) * 1e9) / hz);
    return { cpu, to, ...medians('ns', ns) };
  });
}

function judged(given?: readonly number[]): readonly number[] {
  const cpus = [...new Set(given ?? native.lcoreCpus())];
  const refuse = refusing(cpus, 'bench cpus');
  if (cpus.length < 2) refuse('it takes two to pass something on');
  return cpus;
}
