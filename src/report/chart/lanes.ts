import { type Excerpt, type Lane, type LaneSlice, numberOf } from '../excerpt.js';
import { el, type Markup } from '../markup.js';
import { figure } from '../words.js';
import { axisOf, thinned } from './axis.js';
import type { Draw } from './drawing.js';
import { textWidth } from './labels.js';
import { coloursFor } from './look.js';

const LANE = 18;
const BETWEEN = 3;
const AXIS = 38;
const KEY = 18;
/** Slices narrower than this are drawn so wide: else a short one would not be seen. */
const THINNEST = 1;

/** Tracks below each other over one axis of time; the names of slices in them or in a key below. */
export function lanes({ from, to, lanes, left, items }: Excerpt): Draw {
  const names = [...new Set(lanes.flatMap(({ slices }) => slices.map(kindOf)))];
  const colours = coloursFor(names);
  const colour = (name: string) => colours.get(name) ?? 'grey';
  return (width) => {
    // A narrow drawing has no room beside the lanes: names stand above them.
    const beside = width >= 600;
    const labels = lanes.filter(({ part }) => part === 0).map(({ name }) => textWidth(name));
    const start = beside ? Math.min(190, Math.max(...labels, 0) + 12) : 4;
    const spec = { title: '', kind: 'linear' as const, exact: true };
    const axis = axisOf(spec, [to - from], start, width - 6);
    const at = (time: number) => axis.at(Math.max(0, Math.min(to, time) - from));
    const content: Markup[] = [];
    let y = 4;
    for (const lane of lanes) {
      if (lane.part === 0) {
        y += beside ? BETWEEN + 2 : LANE;
        const text = { class: beside ? '' : 'small soft', x: 0, y: beside ? y + 13 : y - 4 };
        content.push(el('text', text, lane.name));
      }
      content.push(...barsOf(lane, items, colour, at, y));
      y += LANE;
    }
    const grid = thinned(axis.ticks, (label) => textWidth(label, 11) + 8).flatMap((tick) => [
      el('line', { class: 'grid', x1: tick.at, x2: tick.at, y1: 0, y2: y + 4 }),
      el(
        'text',
        { class: 'small soft', x: tick.at, y: y + 18, 'text-anchor': 'middle' },
        tick.label,
      ),
    ]);
    const foot = {
      class: 'small soft',
      x: (start + width) / 2,
      y: y + 34,
      'text-anchor': 'middle',
    };
    const more = left === 0 ? '' : `; ${left} more tracks are in the trace`;
    const title = `µs, from ${figure(from)} µs of the trace on${more}`;
    const key = keyOf(names.slice(0, 12), colour, width, y + AXIS + 6);
    return {
      height: key.bottom,
      content: [...grid, ...content, el('text', foot, title), ...key.content],
    };
  };
}

/** Names less their numbers: `item 17` and `item 18` are of one kind. */
function kindOf({ name }: { name: string }): string {
  return name.replace(/[\s#]*\d+$/, '') || name;
}

/** The slices of a lane; those of items that are not followed faintly, and only where seen. */
function barsOf(
  { slices }: Lane,
  items: readonly number[],
  colour: (kind: string) => string,
  at: (time: number) => number,
  y: number,
): Markup[] {
  let end = Number.NEGATIVE_INFINITY;
  return slices.flatMap((slice) => {
    const faint = items.length > 0 && !items.includes(numberOf(slice) ?? -1);
    const x = at(slice.from);
    const width = Math.max(THINNEST, at(slice.to) - x);
    if (faint && x + width < end + THINNEST) return [];
    end = Math.max(end, x + width);
    return bar(slice, colour(kindOf(slice)), faint, x, width, y);
  });
}

/** One that lies in another covers its lower half. */
function bar(
  { name, nested }: LaneSlice,
  colour: string,
  faint: boolean,
  x: number,
  width: number,
  y: number,
): Markup {
  const fits = !nested && textWidth(name, 10) + 6 <= width;
  const height = LANE - BETWEEN;
  const place = nested ? { y: y + height / 2, height: height / 2 } : { y, height };
  const kind = faint ? 'fill bar faint' : 'fill bar';
  return el(
    'g',
    { class: colour },
    el('rect', { class: kind, x, width, ...place, rx: width > 4 ? 2 : 0 }),
    fits && !faint && el('text', { class: 'inside', x: x + 4, y: y + 11.5 }, name),
  );
}

function keyOf(names: string[], colour: (name: string) => string, width: number, top: number) {
  let [x, y] = [0, top];
  const content = names.map((name) => {
    const room = 16 + textWidth(name, 11) + 14;
    if (x > 0 && x + room > width) [x, y] = [0, y + KEY];
    const entry = el(
      'g',
      { class: colour(name) },
      el('rect', { class: 'fill bar', x, y, width: 11, height: 11, rx: 2 }),
      el('text', { class: 'small', x: x + 16, y: y + 10 }, name),
    );
    x += room;
    return entry;
  });
  return { content, bottom: y + KEY };
}
