import { type Column, formatPairs, formatTable } from './table.js';

/**
 * What every benchmark reports: rows are flat, what was varied (`method`, `burst`, …) beside what
 * was measured, medians with `Min` and `Max` after their names. Fields may be added.
 */
export interface BenchReport {
  bench: string;
  version: string;
  commit: string;
  date: string;
  machine: object;
  /** As a person would type it; absent where none was typed. */
  command?: string;
  rows: object[];
}

type Row = Record<string, unknown>;

/** A benchmark's report for people: where it ran, then its rows, a column for each field. */
export function benchTable({ bench, version, commit, date, machine, rows }: BenchReport): string {
  const places = Object.entries(machine).map(([name, value]) => [name, String(value)] as const);
  const run = [['bench', `${bench}, warpline ${version} (${commit}), ${date}`] as const];
  return `${formatPairs([...run, ...places])}\n${rowsTable(rows)}`;
}

/**
 * Rows as a table: a column for each field, `Min` and `Max` beside what they belong to. Lists, as of
 * stages, are for the JSON.
 */
export function rowsTable(rows: object[]): string {
  const fields = rows.flatMap((row) => Object.entries(row));
  const flat = fields.filter(([, value]) => typeof value !== 'object');
  const names = [...new Set(flat.map(([name]) => name))];
  const columns = names
    .filter((name) => !names.includes(name.replace(/(Min|Max)$/, '')) || !/M(in|ax)$/.test(name))
    .map((name) => columnOf(name, rows as Row[]));
  return formatTable(columns, rows as Row[]);
}

/** Words at the left; numbers at the right, with decimals for all if one has any. */
function columnOf(heading: string, rows: Row[]): Column<Row> {
  const values = rows.map((row) => row[heading]);
  const whole = values.every((value) => typeof value !== 'number' || Number.isInteger(value));
  const show = (value: unknown) =>
    typeof value === 'number' ? (whole ? String(value) : figure(value)) : String(value ?? '-');
  return {
    heading,
    align: values.some((value) => typeof value === 'string') ? 'left' : 'right',
    text: ({ [heading]: median, [`${heading}Min`]: min, [`${heading}Max`]: max }) =>
      min === undefined || max === undefined
        ? show(median)
        : `${show(median)} (${show(min)}-${show(max)})`,
  };
}

/** Three decimals, and more where a figure would have nothing but noughts. */
export function figure(value: number): string {
  return value > 0 && value < 0.01 ? value.toPrecision(3) : value.toFixed(3);
}
