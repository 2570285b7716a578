import { measure } from './figures.js';
import { formatPairs, formatTable } from './table.js';

/**
 * What every benchmark reports: rows are flat, what was varied (`method`, `burst`, …) beside what
 * was measured, medians with `Min` and `Max` after their names. Fields may be added.
 */
export interface BenchReport {
  bench: string;
  version: string;
  commit: string;
  machine: object;
  rows: object[];
}

/** A benchmark's report for people: where it ran, then its rows, a column for each field. */
export function benchTable({ bench, version, commit, machine, rows }: BenchReport): string {
  const places: [string, string][] = Object.entries(machine).map(([name, value]) => [
    name,
    typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value),
  ]);
  const head = formatPairs([['bench', `${bench}, warpline ${version} (${commit})`], ...places]);
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const columns = names.map((name) => ({
    heading: name,
    text: (row: object) => cell((row as Record<string, unknown>)[name]),
    align: rows.some((row) => typeof (row as Record<string, unknown>)[name] === 'string')
      ? ('left' as const)
      : ('right' as const),
  }));
  return `${head}\n${formatTable(columns, rows)}`;
}

function cell(value: unknown): string {
  if (value === undefined || value === null) return '-';
  if (typeof value !== 'number') return String(value);
  return Number.isInteger(value) ? String(value) : measure(value);
}
