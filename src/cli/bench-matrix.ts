import { figure } from './bench-table.js';
import { type Column, formatTable } from './table.js';

type Row = Record<string, unknown>;

/**
 * One figure of all rows as a table with `across` in its headings: what else the rows vary stands at
 * the left, as far as it does vary. `last` are lines below with one value for all columns.
 */
export function matrix(
  rows: readonly object[],
  across: string,
  value: string,
  varied: readonly string[],
  last: readonly { name: string; value: number }[] = [],
): string {
  const flat = rows as Row[];
  const distinct = (name: string) => [...new Set(flat.map((row) => row[name]))];
  const [first, ...others] = varied.filter((name) => name !== across);
  const down = [first, ...others.filter((name) => distinct(name).length > 1)];
  const keyOf = (row: Row) => down.map((name) => String(row[name])).join();
  const lines = new Map<string, Row>();
  for (const row of flat) {
    const line = lines.get(keyOf(row)) ?? Object.fromEntries(down.map((name) => [name, row[name]]));
    lines.set(keyOf(row), { ...line, [`${across} ${row[across]}`]: row[value] });
  }
  for (const one of last) {
    const cells = distinct(across).map((at) => [`${across} ${at}`, one.value] as const);
    lines.set(one.name, { [first]: one.name, ...Object.fromEntries(cells) });
  }
  const labels = down.map((name): Column<Row> => {
    const text = (row: Row) => String(row[name] ?? '');
    return { heading: name, align: 'left', text };
  });
  const columns = distinct(across).map((at): Column<Row> => {
    const text = ({ [`${across} ${at}`]: cell }: Row) =>
      typeof cell === 'number' ? figure(cell) : '-';
    return { heading: String(at), text };
  });
  return formatTable([...labels, ...columns], [...lines.values()]);
}
