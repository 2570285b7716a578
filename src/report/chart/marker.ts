import { el, type Markup, round } from '../markup.js';
import type { LineChart, Point } from './chart.js';
import { textWidth } from './labels.js';
import { markerPath, type Shape } from './look.js';

/** A marker where a point lies in the drawing, with what is to be doubted of it. */
export function drawMarker(point: Point, shape: Shape, size = 44): Markup[] {
  const { wide = false, crowded = false, lossy = false } = point;
  const [cx, cy] = [round(point.x), round(point.y)];
  const transform = `translate(${cx},${cy})`;
  const d = markerPath(shape, size);
  return [
    ...(crowded ? [el('circle', { class: 'stroke thin', cx, cy, r: 7 })] : []),
    el('path', { class: wide ? 'hollow' : 'fill', d, transform }),
    ...(lossy ? [el('path', { class: 'stroke thin', d: `M${cx - 7},${cy + 7}l14,-14` })] : []),
  ];
}

/** In the order of the legend. */
const DOUBTS = {
  wide: 'hollow: repeats more than 10 % apart',
  crowded: 'ringed: crowded, more threads than CPUs',
  lossy: 'struck through: frames were lost',
} as const;

const ROW = 18;
const ICON = 18;

/** What hollow markers, rings and strokes through them mean, of those that are there. */
export function legendOf(
  { panels }: LineChart,
  width: number,
): { height: number; content: Markup[] } {
  const points = panels.flatMap(({ series }) => series.flatMap((one) => one.points));
  const kinds = (Object.keys(DOUBTS) as (keyof typeof DOUBTS)[]).filter((kind) =>
    points.some((point) => point[kind]),
  );
  let [x, y] = [0, 12];
  const content = kinds.map((kind) => {
    const text = DOUBTS[kind];
    const room = ICON + textWidth(text, 11) + 14;
    if (x > 0 && x + room > width) [x, y] = [0, y + ROW];
    const marker = drawMarker({ x: x + 8, y, [kind]: true }, 'circle');
    const label = el('text', { class: 'small soft', x: x + ICON, y: y + 4 }, text);
    x += room;
    return el('g', { class: 'ink' }, marker, label);
  });
  return { height: kinds.length === 0 ? 0 : y + ROW / 2 + 4, content };
}
