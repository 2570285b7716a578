import type { MemoryKind, MethodName } from '../apps/l2fwd/options.js';
import type { PeakRow } from './peak-bench.js';

/** From about so much work per packet on, `by` is faster than `of`; with less it is slower. */
export interface Crossover {
  of: MethodName;
  by: MethodName;
  packetTimeNs: number;
  /**
   * With less work, as far as it was measured, neither was clearly ahead: they may meet anywhere below.
   * Told of the CPU alone, where it is the question; GPU methods are close to each other often.
   */
  orBefore?: true;
  /** The GPU method's; `cpu` has its packets in host memory. */
  memory: MemoryKind;
  burst: number;
  pipelines: number;
}

/** One method over the work per packet, in its order. */
type Line = PeakRow[];

/** Two lines at one amount of work. */
interface Step {
  packetTimeNs: number;
  /** Logarithm of the second one's rate by the first one's. */
  ahead: number;
  /** Whether the runs of one were all faster than those of the other; else nobody leads. */
  clear: boolean;
}

/**
 * Where the rows' methods overtake each other, the CPU's first. Only lines with the same burst,
 * pipelines and memory are compared; a crossover has a clear lead on either side, and lies where
 * the medians meet, interpolated between measured points. Where the CPU and a GPU method are level
 * until the latter leads, it lies at the first point with a clear lead, `orBefore`.
 */
export function crossoversOf(rows: readonly PeakRow[]): Crossover[] {
  const lines = linesOf(rows);
  const found = lines.flatMap((first, i) =>
    lines.slice(i + 1).flatMap((second) => (comparable(first, second) ? meet(first, second) : [])),
  );
  const rank = ({ of }: Crossover) => (of === 'cpu' ? 0 : 1);
  return found.sort((a, b) => rank(a) - rank(b) || a.packetTimeNs - b.packetTimeNs);
}

function linesOf(rows: readonly PeakRow[]): Line[] {
  const lines = new Map<string, Line>();
  for (const row of rows) {
    const { method, memory, burst, pipelines } = row;
    const key = [method, memory, burst, pipelines].join();
    lines.set(key, [...(lines.get(key) ?? []), row]);
  }
  return [...lines.values()].map((line) => line.sort((a, b) => timeOf(a) - timeOf(b)));
}

function timeOf({ packetTimeNs = 0 }: PeakRow): number {
  return packetTimeNs;
}

function comparable([one]: Line, [other]: Line): boolean {
  const among = one.method === 'cpu' || other.method === 'cpu' || one.memory === other.memory;
  const alike = one.burst === other.burst && one.pipelines === other.pipelines;
  return one.method !== other.method && among && alike;
}

/** Every place where the lead changes between two lines. */
function meet(first: Line, second: Line): Crossover[] {
  const steps = stepsOf(first, second);
  const [a, b] = [first[0], second[0]];
  const { memory } = a.method === 'cpu' ? b : a;
  const found: Crossover[] = [];
  let from = -1;
  for (const [to, step] of steps.entries()) {
    if (!step.clear) continue;
    const [of, by] = step.ahead > 0 ? [a.method, b.method] : [b.method, a.method];
    const where = { memory, burst: a.burst, pipelines: a.pipelines };
    if (from < 0 && to > 0 && of === 'cpu')
      found.push({ of, by, packetTimeNs: step.packetTimeNs, orBefore: true, ...where });
    if (from >= 0 && Math.sign(steps[from].ahead) !== Math.sign(step.ahead)) {
      const packetTimeNs = crossing(steps.slice(from, to + 1));
      found.push({ of, by, packetTimeNs, ...where });
    }
    from = to;
  }
  return found;
}

function stepsOf(first: Line, second: Line): Step[] {
  return first.flatMap((one) => {
    const other = second.find((row) => timeOf(row) === timeOf(one));
    if (other === undefined) return [];
    const clear = one.mppsMax < other.mppsMin || other.mppsMax < one.mppsMin;
    return { packetTimeNs: timeOf(one), ahead: Math.log(other.mpps / one.mpps), clear };
  });
}

/** Where the medians first meet between two steps of different sign, with ties between them. */
function crossing(steps: Step[]): number {
  const sign = Math.sign(steps[0].ahead);
  const after = steps.findIndex(({ ahead }) => Math.sign(ahead) !== sign);
  const [low, high] = [steps[after - 1], steps[after]];
  const share = low.ahead / (low.ahead - high.ahead);
  // No logarithmic axis has a 0: between it and the first step the axis is linear.
  if (low.packetTimeNs === 0) return share * high.packetTimeNs;
  return low.packetTimeNs * (high.packetTimeNs / low.packetTimeNs) ** share;
}
