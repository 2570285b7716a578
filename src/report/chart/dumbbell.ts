import { el, type Markup, round } from '../markup.js';
import { axisOf, thinned } from './axis.js';
import type { Draw } from './drawing.js';
import { textWidth } from './labels.js';
import { type Look, markerPath } from './look.js';

/** Rows of one to three values each on one axis, as a rate and the peak it is compared with. */
export interface Dumbbells {
  title: string;
  /** What the filled and the hollow marker are, and the bar; absent where there is one value a row. */
  names?: [filled: string, hollow: string, bar?: string];
  groups: { title?: string; rows: Dumbbell[] }[];
}

export interface Dumbbell {
  label: string;
  look: Look;
  value: number;
  /** Absent: the line begins at 0. */
  of?: number;
  /** A bar across the line. */
  bar?: number;
  /** At the right of its row. */
  note: string;
  /** What is to be doubted of it: `crowded`. */
  doubt?: string;
}

const ROW = 24;
/** More for a row with a doubt below its name. */
const DOUBT = 12;
const HEAD = 24;
const AXIS = 40;
const KEY = 24;
/** Half of a bar's height. */
const BAR = 6;

/** A row for each pair: a filled marker, a hollow one, a line between them, the note at the right. */
export function dumbbells({ title, names, groups }: Dumbbells): Draw {
  return (width) => {
    const rows = groups.flatMap((group) => group.rows);
    const named = rows.flatMap(({ label, doubt = '' }) => [textWidth(label), textWidth(doubt, 11)]);
    const left = Math.max(...named) + 18;
    const right = width - Math.max(...rows.map(({ note }) => textWidth(note))) - 14;
    const values = rows.flatMap(({ value, of = value, bar = value }) => [value, of, bar]);
    const axis = axisOf({ title, kind: 'linear' }, values, left, right);
    const content: Markup[] = names === undefined ? [] : key(names);
    const top = names === undefined ? 0 : KEY;
    let y = top;
    const bands: Markup[] = [];
    for (const group of groups) {
      if (group.title !== undefined) {
        bands.push(el('text', { class: 'strong halo', x: 0, y: y + 16 }, group.title));
        y += HEAD;
      }
      for (const row of group.rows) {
        bands.push(...drawRow(row, axis.at, y + ROW / 2, left, width));
        y += row.doubt === undefined ? ROW : ROW + DOUBT;
      }
      y += 6;
    }
    for (const tick of thinned(axis.ticks, (label) => textWidth(label, 11) + 6)) {
      content.push(
        el('line', { class: 'grid', x1: tick.at, x2: tick.at, y1: top, y2: y }),
        el(
          'text',
          { class: 'small soft', x: tick.at, y: y + 15, 'text-anchor': 'middle' },
          tick.label,
        ),
      );
    }
    const middle = (left + right) / 2;
    const foot = { class: 'small soft', x: middle, y: y + 33, 'text-anchor': 'middle' };
    content.push(el('text', foot, title));
    return { height: y + AXIS, content: [...content, ...bands] };
  };
}

function drawRow(
  { label, look, value, of, bar, note, doubt }: Dumbbell,
  at: (value: number) => number,
  y: number,
  left: number,
  width: number,
): Markup[] {
  const [a, b] = [round(at(value)), round(at(of ?? 0))];
  const marker = (x: number, filled: boolean) =>
    el('path', {
      class: filled ? 'fill' : 'hollow',
      d: markerPath(look.shape, filled ? 48 : 64),
      transform: `translate(${x},${round(y)})`,
    });
  return [
    el('text', { x: left - 12, y: y + 4, 'text-anchor': 'end' }, label),
    ...(doubt === undefined
      ? []
      : [
          el('text', { class: 'small soft', x: left - 12, y: y + 17, 'text-anchor': 'end' }, doubt),
        ]),
    el(
      'g',
      { class: look.colour },
      el('path', { class: 'stroke', d: `M${a},${round(y)}H${b}` }),
      bar !== undefined && el('path', { class: 'stroke', d: barAt(round(at(bar)), round(y)) }),
      of !== undefined && marker(b, false),
      marker(a, true),
    ),
    el('text', { x: width, y: y + 4, 'text-anchor': 'end' }, note),
  ];
}

function barAt(x: number, y: number): string {
  return `M${x},${y - BAR}V${y + BAR}`;
}

/** `● zero-loss  ○ peak  | slowest tenth of a second` */
function key(names: NonNullable<Dumbbells['names']>): Markup[] {
  const kinds = ['fill', 'hollow', 'stroke'] as const;
  let x = 0;
  return names.flatMap((text, i) => {
    if (text === undefined) return [];
    const d = kinds[i] === 'stroke' ? barAt(0, 0) : markerPath('circle');
    const transform = `translate(${round(x + 4)},9)`;
    const entry = el(
      'g',
      { class: 'ink' },
      el('path', { class: kinds[i], d, transform }),
      el('text', { x: x + 14, y: 13 }, text),
    );
    x += 14 + textWidth(text) + 18;
    return [entry];
  });
}
