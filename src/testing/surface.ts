import type { MethodName } from '../apps/l2fwd/options.js';
import { type Candidate, neighbours, type Space, sharesEnds } from '../tune/candidate.js';
import type { Measured } from '../tune/objective.js';
import type { Parts } from '../tune/stand.js';
import { random } from './random.js';

/** What a made-up machine is best at: rates fall off to both sides, in each option on its own. */
export interface Surface {
  /** Mpps of each method at its best options with one pipeline. */
  best: Partial<Record<MethodName, number>>;
  burst: number;
  items: number;
  blocks: number;
  /** Lcores of a path, where a method may have one or two. */
  lcoresPerPath: number;
  /** Pipelines beyond these bring nothing more. */
  pipelines: number;
  /** How steeply rates fall: what is left one step away. */
  left: number;
  /** Microseconds of an idle machine. */
  idleUs: number;
}

/** Millions of packets a second at most. */
export function peakOf(surface: Surface, one: Candidate): number {
  const { method, burst, items, blocks, pipelines, lcoresPerPath } = one;
  const off = (value: number, best: number) => surface.left ** Math.abs(Math.log2(value / best));
  const list = method === 'cpu' ? 1 : off(items, surface.items);
  const side = method === 'persistent' ? off(blocks, surface.blocks) : 1;
  const ends = sharesEnds(one) ? off(lcoresPerPath, surface.lcoresPerPath) : 1;
  const scale = Math.min(pipelines, surface.pipelines) / (1 + 0.02 * pipelines);
  return (surface.best[method] ?? 0) * off(burst, surface.burst) * list * side * ends * scale;
}

/** A queue that grows as the load comes near the peak, and a wait for company. */
export function p99Of(surface: Surface, one: Candidate, mpps: number): number {
  const peak = peakOf(surface, one);
  if (mpps >= peak) return 1e6;
  const company = one.method === 'cpu' ? 0 : Math.min(one.timeoutUs, one.burst / mpps);
  return company + (surface.idleUs * peak) / (peak - mpps);
}

/** A stand on that surface, whose runs take `beside` seconds more than they count. */
export function surfaceParts(
  surface: Surface,
  { noise = 0, beside = 0.3, seed = 1 }: { noise?: number; beside?: number; seed?: number } = {},
): Parts & { runs: Candidate[]; time: number } {
  const draw = random(`surface ${seed}`);
  const shake = () => 1 + noise * (2 * draw() - 1);
  return {
    runs: [],
    time: 0,
    now() {
      return this.time;
    },
    async run(candidate, seconds, offeredMpps): Promise<Measured> {
      this.time += seconds + beside;
      this.runs.push(candidate);
      const peak = peakOf(surface, candidate) * shake();
      const mpps = Math.min(offeredMpps ?? Infinity, peak);
      const p99Us = p99Of(surface, candidate, mpps) * shake();
      return { mpps, p50Us: p99Us / 2, p99Us, ...(offeredMpps !== undefined && { offeredMpps }) };
    },
    excuse: () => false,
  };
}

/** Every candidate that can be reached step by step. */
export function allOf(from: Candidate[], space: Space): Candidate[] {
  const seen = new Map<string, Candidate>();
  const open = [...from];
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    const key = JSON.stringify(one);
    if (seen.has(key)) continue;
    seen.set(key, one);
    open.push(...neighbours(one, space));
  }
  return [...seen.values()];
}
