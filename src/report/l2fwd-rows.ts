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
  const mpps = measured('mpps', runs, (run) => run.mpps);
  const bytes = frameBytes(runs[0]);
  const wide = (mpps.mppsMax - mpps.mppsMin) / mpps.mpps;
  return {
    method,
    memory,
    burst,
    pipelines,
    ...(bytes !== undefined && { frameBytes: bytes }),
    runs: runs.length,
    ...mpps,
    ...measured('gbps', runs, (run) => run.gbps),
    ...measured('latencyP50Us', runs, (run) => run.latencyUs.p50),
    ...measured('latencyP99Us', runs, (run) => run.latencyUs.p99),
    ...measured('latencyP999Us', runs, (run) => run.latencyUs.p999),
    ...measured('latencyMaxUs', runs, (run) => run.latencyUs.max),
    ...(wide > 0.1 && { spread: wide }),
    ...(runs.some(({ crowded }) => crowded) && { crowded: true }),
  };
}

function measured<Name extends string>(
  name: Name,
  runs: L2fwdRun[],
  value: (run: L2fwdRun) => number,
) {
  const sorted = runs.map(value).toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  const all = { [name]: median, [`${name}Min`]: sorted[0], [`${name}Max`]: sorted.at(-1) };
  return all as Record<Name | `${Name}Min` | `${Name}Max`, number>;
}
