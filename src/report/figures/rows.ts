import { NOTED } from '../../bench/spread.js';
import type { LineChart, Point, Series } from '../chart/chart.js';
import { lookOf } from '../chart/look.js';
import type { Row } from '../result-file.js';
import { figure, percent, phrases } from '../words.js';

type Field = string;

export function has(row: Row, ...fields: Field[]): boolean {
  return fields.every((field) => typeof row[field] === 'number');
}

/** Values of a field that rows have, each once; numbers by size. */
export function valuesOf(rows: readonly Row[], field: Field): (string | number)[] {
  const values = new Set<string | number>();
  for (const { [field]: value } of rows) {
    if (typeof value === 'string' || typeof value === 'number') values.add(value);
  }
  const all = [...values];
  return all.every((value) => typeof value === 'number') ? all.toSorted((a, b) => +a - +b) : all;
}

export function varies(rows: readonly Row[], field: Field): boolean {
  return new Set(rows.map((row) => row[field])).size > 1;
}

/** Rows by those of the fields that vary, in the order of their values; titled by them. */
export function splitBy(
  rows: readonly Row[],
  fields: readonly Field[],
): { title?: string; rows: Row[] }[] {
  const varying = fields.filter((field) => varies(rows, field));
  const groups = new Map<string, Row[]>();
  for (const row of rows.toSorted((a, b) => compare(a, b, varying))) {
    const title = phrases(row, varying);
    groups.set(title, [...(groups.get(title) ?? []), row]);
  }
  return [...groups].map(([title, rows]) => ({ ...(title !== '' && { title }), rows }));
}

function compare(a: Row, b: Row, fields: readonly Field[]): number {
  for (const field of fields) {
    const [one, other] = [a[field], b[field]];
    if (typeof one === 'number' && typeof other === 'number' && one !== other) return one - other;
  }
  // Words stay in the order they came in: a sort is stable.
  return 0;
}

/**
 * The same, `cpu` beside each of the others: its packets are in host memory wherever a GPU's are,
 * and it is what the others are compared with.
 */
export function splitBesideCpu(rows: readonly Row[], fields: readonly Field[]) {
  const [cpu, others] = [rows.filter(isCpu), rows.filter((row) => !isCpu(row))];
  if (others.length === 0) return splitBy(rows, fields);
  const among = fields.filter((field) => field !== 'memory');
  return splitBy(others, fields).map(({ title, rows: own }) => {
    const alike = cpu.filter((row) => among.every((field) => row[field] === own[0][field]));
    const there = alike.filter(({ memory }) => memory === own[0].memory);
    return { title, rows: [...own, ...(there.length > 0 ? there : alike)] };
  });
}

function isCpu({ method }: Row): boolean {
  return method === 'cpu';
}

/** What all rows agree in, as a phrase; of `cpu` its memory is said elsewhere. */
export function settingOf(rows: readonly Row[], fields: readonly Field[]): string {
  const others = rows.filter((row) => !isCpu(row));
  const said = others.length > 0 ? others : rows;
  const common = fields.filter((field) => {
    const among = field === 'memory' ? said : rows;
    return among.length > 0 && !varies(among, field);
  });
  return said.length > 0 ? phrases(said[0], common) : '';
}

/** A row as a point, with the limits of its repeats. */
export function pointOf(row: Row, x: Field, y: Field): Point {
  const { [`${y}Min`]: min, [`${y}Max`]: max } = row;
  return {
    x: Number(row[x]),
    y: Number(row[y]),
    ...(typeof min === 'number' && { min }),
    ...(typeof max === 'number' && { max }),
    ...((row.spread ?? 0) > NOTED && { wide: true }),
    ...(row.crowded && { crowded: true }),
    ...((row.lost ?? 0) > 0 && { lossy: true }),
  };
}

/** The same in words, for drawings that have no sign for it; undefined where there is nothing. */
export function doubtOf({ spread = 0, crowded }: Row): string | undefined {
  const doubts = [
    ...(spread > NOTED ? [`repeats ${percent(spread)} apart`] : []),
    ...(crowded ? ['crowded'] : []),
  ];
  return doubts.length === 0 ? undefined : doubts.join(', ');
}

/** A line for each value of `field`, called so. */
export function seriesBy(rows: readonly Row[], field: Field, x: Field, y: Field): Series[] {
  return valuesOf(rows, field).map((value, place) => {
    const own = rows.filter((row) => row[field] === value);
    const label = field === 'method' ? methodLabel(own, rows) : phrases(own[0], [field]);
    return {
      label,
      look: lookOf(String(value), place),
      points: own.map((row) => pointOf(row, x, y)),
    };
  });
}

/** `cpu (host)` beside methods whose packets are somewhere else. */
export function methodLabel(own: readonly Row[], all: readonly Row[]): string {
  const { method = 'not recorded', memory } = own[0];
  const elsewhere = all.some((row) => row.memory !== memory);
  return method === 'cpu' && elsewhere ? `cpu (${memory})` : method;
}

/** A chart read out: each line from its first to its last point. */
export function spoken({ x, y, panels }: LineChart): string {
  const label = x.label ?? figure;
  const lines = panels.flatMap(({ title, series }) =>
    series.map(({ label: name, points }) => {
      const sorted = points.toSorted((a, b) => a.x - b.x);
      const ends = [sorted[0], sorted[sorted.length - 1]];
      const [from, to] = ends.map((end) => `${figure(end.y)} at ${label(end.x)}`);
      const run = from === to ? from : `${from}, ${to}`;
      return `${title === undefined ? '' : `${title}, `}${name}: ${run}.`;
    }),
  );
  return `${y.title} against ${x.title}. ${lines.join(' ')}`;
}
