import { medians, noted } from '../bench/spread.js';
import type { L2fwdRun, Row } from './result-file.js';

/** Runs of l2fwd as rows: those of one point together, medians with the lowest and highest. */
export function l2fwdRows(runs: readonly L2fwdRun[]): Row[] {
  const points = new Map<string, L2fwdRun[]>();
  for (const run of runs) {
    const { method, memory, burst, pipelines, device } = run;
    const point = [method, memory, burst, pipelines, frameBytes(run), device?.name].join('|');
    points.set(point, [...(points.get(point) ?? []), run]);
  }
  return [...points.values()].map(rowOf);
}

/** The length of its frames, where all had the same. */
function frameBytes({ tx }: L2fwdRun): number | undefined {
  const bytes = tx === undefined ? Number.NaN : tx.bytes / tx.packets;
  return Number.isInteger(bytes) ? bytes : undefined;
}

function rowOf(runs: L2fwdRun[]): Row {
  const { method, memory, burst, pipelines } = runs[0];
  const bytes = frameBytes(runs[0]);
  const of = <Name extends string>(name: Name, value: (run: L2fwdRun) => number) =>
    medians(name, runs.map(value));
  return {
    method,
    memory,
    burst,
    pipelines,
    ...(bytes !== undefined && { frameBytes: bytes }),
    runs: runs.length,
    ...of('mpps', (run) => run.mpps),
    ...of('gbps', (run) => run.gbps),
    ...of('latencyP50Us', (run) => run.latencyUs.p50),
    ...of('latencyP99Us', (run) => run.latencyUs.p99),
    ...of('latencyP999Us', (run) => run.latencyUs.p999),
    ...of('latencyMaxUs', (run) => run.latencyUs.max),
    ...noted(runs.map((run) => run.mpps)),
    ...(runs.some(({ crowded }) => crowded) && { crowded: true }),
  };
}
