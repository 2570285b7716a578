import { el, type Markup } from '../markup.js';
import type { Panel } from './chart.js';
import { textWidth } from './labels.js';
import type { Plot } from './plot.js';

/** Places along a guide that are tried for its name. */
const TRIED = 12;

/** Names of guides, above their lines where what was measured is farthest away. */
export function guideLabels({ guides = [], series }: Panel, plot: Plot): Markup[] {
  const lines = series.map(({ points }) => onPlot(points, plot));
  const taken: { x: number; y: number }[][] = [];
  return guides.map(({ label, points }) => {
    const guide = onPlot(points, plot);
    const width = textWidth(label, 11);
    const [from, to] = [guide[0].x, Math.max(guide[0].x, guide[guide.length - 1].x - width)];
    const places = Array.from({ length: TRIED }, (_, i) => from + ((to - from) * i) / (TRIED - 1));
    const rooms = places.map((x) => {
      const middle = { x: x + width / 2, y: (heightAt(guide, x + width / 2) ?? 0) - 8 };
      return { x, y: middle.y + 4, room: roomAround(middle, width, [...lines, ...taken]) };
    });
    const best = rooms.reduce((a, b) => (b.room > a.room + 1 ? b : a));
    taken.push([
      { x: best.x, y: best.y },
      { x: best.x + width, y: best.y },
    ]);
    return el('text', { class: 'small soft halo', x: best.x, y: best.y }, label);
  });
}

function onPlot(points: readonly { x: number; y: number }[], { x, y }: Plot) {
  const sorted = points.toSorted((a, b) => a.x - b.x);
  return sorted.map((point) => ({ x: x.at(point.x), y: y.at(point.y) }));
}

/** How high a line is at x; undefined beside it. */
function heightAt(line: readonly { x: number; y: number }[], x: number): number | undefined {
  const next = line.findIndex((point) => point.x >= x);
  if (next < 0 || (next === 0 && line[0].x > x)) return undefined;
  if (next === 0) return line[0].y;
  const [a, b] = [line[next - 1], line[next]];
  return a.y + ((b.y - a.y) * (x - a.x)) / (b.x - a.x);
}

/** How far the nearest line passes above or below a text; enough is enough. */
function roomAround(
  { x, y }: { x: number; y: number },
  width: number,
  lines: readonly { x: number; y: number }[][],
): number {
  const across = [-0.6, -0.3, 0, 0.3, 0.6].map((share) => x + share * width);
  const far = lines.flatMap((line) =>
    across.flatMap((at) => {
      const height = heightAt(line, at);
      return height === undefined ? [] : [Math.abs(height - y)];
    }),
  );
  return Math.min(24, ...far);
}
