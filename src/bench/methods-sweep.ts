import type { MemoryKind, MethodName } from '../apps/l2fwd/options.js';
import type { PeakPoint } from './peak-bench.js';
import type { Repeats } from './repeats.js';

/** What benches vary that compare methods; a row for every combination. */
export interface MethodsSweep extends Repeats {
  methods: MethodName[];
  memory: MemoryKind[];
  bursts: number[];
  pipelines: number[];
}

/** Packets in GPU memory, where a NIC would put them; in software a GPU's memory is memory as any. */
export function usualMemory(driver: string): MemoryKind[] {
  return [driver === 'software' ? 'host' : 'gpu'];
}

/**
 * Every combination, `pipelines` and `bursts` next to each other as a reader compares them. `cpu`
 * is a reference with its packets where a CPU has them, in host memory, whatever the GPU's are in.
 */
export function methodPoints(
  { methods, memory, bursts, pipelines }: MethodsSweep,
  frameBytes: number,
): PeakPoint[] {
  return methods.flatMap((method) =>
    (method === 'cpu' ? (['host'] as const) : memory).flatMap((kind) =>
      bursts.flatMap((burst) =>
        pipelines.map(
          (pairs): PeakPoint => ({ method, memory: kind, frameBytes, burst, pipelines: pairs }),
        ),
      ),
    ),
  );
}
