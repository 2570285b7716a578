/** A column of a table: its heading, and what stands in it for a row. */
export interface Column<Row> {
  heading: string;
  text(row: Row): string;
  /** Numbers stand at the right, words at the left. */
  align?: 'left' | 'right';
}

/** Rows under headings, columns as wide as their widest entry; ends with a line break. */
export function formatTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const cells = [
    columns.map(({ heading }) => heading),
    ...rows.map((row) => columns.map((column) => column.text(row))),
  ];
  const widths = columns.map((_, i) => Math.max(...cells.map((line) => line[i].length)));
  const lines = cells.map((line) =>
    line
      .map((cell, i) =>
        columns[i].align === 'left' ? cell.padEnd(widths[i]) : cell.padStart(widths[i]),
      )
      .join('  ')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}

/** Labels and what they stand for, one a line; ends with a line break. */
export function formatPairs(pairs: readonly (readonly [string, string])[]): string {
  const width = Math.max(...pairs.map(([label]) => label.length));
  return pairs.map(([label, text]) => `${label.padEnd(width)}  ${text}\n`).join('');
}
