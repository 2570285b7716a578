import type { Result, Row } from './result-file.js';

/** All there is of one bench on one machine. */
export interface Group {
  bench: string;
  machine: Record<string, string>;
  /** Newest first. */
  results: Result[];
  rows: Row[];
  /** Of results that are older: rows of points that were measured again. */
  superseded: number;
}

/** Benches the report knows: the order they stand in. */
export const BENCHES = [
  'figure13',
  'figure14',
  'work',
  'scaling',
  'latency',
  'zero-loss',
  'methods',
  'cpu',
  'back-to-back',
  'l2fwd',
  'start',
] as const;

export type KnownBench = (typeof BENCHES)[number];

/** What is varied in any of these: rows that agree in all of it are of one point. */
const VARIED = [
  ...['method', 'memory', 'burst', 'frameBytes', 'pipelines', 'timeoutUs', 'packetTimeNs'],
  ...['load', 'generator', 'lineRateGbps', 'work', 'port', 'queues', 'oneWay', 'zeroCopy'],
];

/**
 * Results by bench and machine. Of a point measured several times on one machine the newest row
 * counts. Machines of one bench follow each other; a bench unknown here stays as its file has it.
 */
export function gather(results: readonly Result[]): Group[] {
  const groups = new Map<string, Result[]>();
  for (const result of results) {
    const { bench, file } = result;
    const key = isKnown(bench) ? `${bench}|${placeOf(result)}` : `${bench}|${file}`;
    groups.set(key, [...(groups.get(key) ?? []), result]);
  }
  return [...groups.values()].map(groupOf).sort((a, b) => rank(a.bench) - rank(b.bench));
}

function isKnown(bench: string): boolean {
  return BENCHES.some((known) => known === bench);
}

function rank(bench: string): number {
  const at = BENCHES.indexOf(bench as KnownBench);
  return at < 0 ? BENCHES.length : at;
}

/** A machine and the device that took part; kernels and versions change without another machine. */
function placeOf({ machine }: Result): string {
  const { cpu, cores, coresAllowed, memoryGiB, gpu, device } = machine;
  return [cpu, cores, coresAllowed, memoryGiB, gpu ?? device].join('|');
}

function groupOf(results: Result[]): Group {
  const newest = results.toSorted((a, b) => (b.date ?? '').localeCompare(a.date ?? ''));
  const rows = new Map<string, Row>();
  let superseded = 0;
  for (const [i, result] of newest.entries()) {
    const older = new Set(rows.keys());
    for (const [n, row] of result.rows.entries()) {
      // Rates with --verify are those of checking: another thing.
      const point = [row.checked !== undefined, ...VARIED.map((field) => row[field])].join('|');
      if (older.has(point)) superseded++;
      // Two rows of one file are two rows, however alike.
      else rows.set(rows.has(point) ? `${point}|${i}|${n}` : point, row);
    }
  }
  const [{ bench, machine }] = newest;
  return { bench, machine, results: newest, rows: [...rows.values()], superseded };
}
