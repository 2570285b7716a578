import { NOTED } from '../bench/spread.js';
import { type Child, el, type Markup } from './markup.js';
import { duration, heading, measured, percent } from './words.js';

type Row = Record<string, unknown>;

/**
 * Rows as a table: a column for each field that is not the same in all of them, the limits of
 * repeats beside what they belong to.
 */
export function rowsTable(rows: readonly object[], caption: string): Child {
  const all = rows as readonly Row[];
  const fields = [...new Set(all.flatMap((row) => Object.keys(row)))].filter(
    (name) => !isLimit(name, all) && all.some((row) => shown(name, row[name]) !== ''),
  );
  const alike = fields.filter((name) => isCommon(name, all));
  const common = alike.length < fields.length ? alike : [];
  const names = fields.filter((name) => !common.includes(name));
  const words = new Set(names.filter((name) => all.some((row) => typeof row[name] === 'string')));
  const kind = (name: string) => ({ class: words.has(name) && 'word' });
  const head = names.map((name) => el('th', { scope: 'col', ...kind(name) }, heading(name)));
  const body = all.map((row) => {
    const cells = names.map((name) => el('td', kind(name), cell(name, row)));
    return el('tr', { class: isUnsure(row) && 'unsure' }, cells);
  });
  const table = el('table', {}, el('thead', {}, el('tr', {}, head)), el('tbody', {}, body));
  const same = common.map((name) => `${heading(name)} ${shown(name, all[0][name])}`);
  return [
    same.length > 0 && el('p', { class: 'note' }, `The same in all rows: ${same.join(', ')}.`),
    el('div', { class: 'scroll', role: 'region', tabindex: 0, 'aria-label': caption }, table),
    all.some(isUnsure) && el('p', { class: 'note' }, UNSURE),
  ];
}

const UNSURE = 'Slanted: repeats more than 10 % apart, or more threads than CPUs.';

function isLimit(name: string, rows: readonly Row[]): boolean {
  const of = name.replace(/(Min|Max)$/, '');
  return of !== name && rows.some((row) => of in row);
}

/** Whether a field says the same in every row; what was measured is never so but by chance. */
function isCommon(name: string, rows: readonly Row[]): boolean {
  const [{ [name]: first }] = rows;
  const limited = rows.some((row) => `${name}Min` in row);
  return rows.length > 1 && !limited && rows.every((row) => row[name] === first);
}

function isUnsure({ spread, crowded }: Row): boolean {
  return crowded === true || (typeof spread === 'number' && spread > NOTED);
}

function cell(name: string, row: Row): (Markup | string)[] {
  const { [name]: value, [`${name}Min`]: min, [`${name}Max`]: max } = row;
  const own = shown(name, value);
  if (typeof min !== 'number' || typeof max !== 'number' || min === max) return [own];
  return [own, ' ', el('span', { class: 'limits' }, `${measured(min)}–${measured(max)}`)];
}

/** A value as it stands in a cell; '' for what a table has no room for. */
function shown(name: string, value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number') {
    if (name === 'load' || name === 'spread') return percent(value);
    return name === 'packetTimeNs' ? duration(value) : measured(value);
  }
  // Of packets dropped, the sum over the reasons.
  if (name === 'dropped' && typeof value === 'object' && value !== null) {
    return measured(Object.values(value).reduce((sum, n) => sum + Number(n), 0));
  }
  return '';
}
