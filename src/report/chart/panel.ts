import { line } from 'd3-shape';
import { el, type Markup, round } from '../markup.js';
import { axisOf, thinned } from './axis.js';
import type { LineChart, Panel, Point, Series } from './chart.js';
import { guideLabels } from './guides.js';
import { spreadOut, textWidth } from './labels.js';
import { markerPath, type Shape } from './look.js';
import { drawMarker } from './marker.js';
import type { Plot } from './plot.js';

const TITLE = 20;
const Y_TITLE = 18;
const X_TICKS = 18;
const X_TITLE = 18;
const LABEL_GAP = 14;
/** From the plot to its labels: room for leaders, and a marker before the name. */
const LEADER = 14;
const MARKER = 12;

/** Draws one panel of a chart, `width` × `height` units from 0,0. */
export function drawPanel(
  chart: LineChart,
  panel: Panel,
  width: number,
  height: number,
): readonly Markup[] {
  const plot = layOut(chart, panel, width, height);
  return [
    ...frame(chart, panel, plot),
    ...(panel.marks ?? []).map((mark) => drawMark(mark, plot)),
    ...(panel.guides ?? []).map((guide) =>
      el('path', { class: 'guide', d: path(guide.points, plot) }),
    ),
    ...panel.series.map((series, i) => drawSeries(series, i, panel.series.length, plot)),
    ...guideLabels(panel, plot),
    ...endLabels(panel, plot),
  ];
}

function layOut(chart: LineChart, panel: Panel, width: number, height: number): Plot {
  const points = chart.panels.flatMap(({ series }) => series.flatMap((one) => one.points));
  const guided = chart.panels.flatMap(({ guides = [] }) => guides.flatMap((one) => one.points));
  const ys = [...points.flatMap(({ y, min = y, max = y }) => [y, min, max]), ...guided.map(yOf)];
  const xs = points.map(({ x }) => x);
  const titled = chart.panels.some(({ title }) => title !== undefined);
  const top = (titled ? TITLE : 0) + Y_TITLE + (panel.marks === undefined ? 0 : 16);
  const bottom = height - X_TICKS - X_TITLE;
  const y = axisOf(chart.y, ys, bottom, top);
  const left = Math.max(...y.ticks.map(({ label }) => textWidth(label, 11))) + 8;
  const names = panel.series.map(({ label }) => textWidth(label));
  const right = width - Math.max(...names, 0) - LEADER - MARKER;
  return { left, right, top, bottom, x: axisOf(chart.x, xs, left + 8, right - 6), y };
}

const yOf = ({ y }: { y: number }) => y;

/** Titles, grid, ticks. */
function frame(chart: LineChart, { title, marks }: Panel, plot: Plot): Markup[] {
  const { left, right, top, bottom, x, y } = plot;
  const yTitle = top - 8 - (marks === undefined ? 0 : 16);
  const parts: (Markup | undefined)[] = [
    title === undefined ? undefined : el('text', { class: 'strong', x: 0, y: 13 }, title),
    el('text', { class: 'small soft', x: 0, y: yTitle }, chart.y.title),
  ];
  for (const tick of thinned(y.ticks, () => 12)) {
    parts.push(
      el('line', { class: 'grid', x1: left, x2: right, y1: tick.at, y2: tick.at }),
      el(
        'text',
        { class: 'small soft', x: left - 6, y: tick.at + 4, 'text-anchor': 'end' },
        tick.label,
      ),
    );
  }
  parts.push(el('path', { class: 'axis', d: bottomLine(plot) }));
  const room = (label: string) => textWidth(label, 11) + 6;
  for (const tick of thinned(x.ticks, room)) {
    parts.push(
      el('line', { class: 'axis', x1: tick.at, x2: tick.at, y1: bottom, y2: bottom + 4 }),
      el(
        'text',
        { class: 'small soft', x: tick.at, y: bottom + X_TICKS - 2, 'text-anchor': 'middle' },
        tick.label,
      ),
    );
  }
  const middle = (left + right) / 2;
  const xTitle = bottom + X_TICKS + X_TITLE - 5;
  parts.push(
    el(
      'text',
      { class: 'small soft', x: middle, y: xTitle, 'text-anchor': 'middle' },
      chart.x.title,
    ),
  );
  return parts.filter((part) => part !== undefined);
}

/** The line below the plot, broken where the axis is. */
function bottomLine({ left, right, bottom, x }: Plot): string {
  const b = round(bottom);
  if (x.break === undefined) return `M${round(left)},${b}H${round(right)}`;
  const at = round(x.break);
  const slash = (dx: number) => `M${at + dx - 2},${b + 4}l4,-8`;
  return `M${round(left)},${b}H${at - 3}M${at + 3},${b}H${round(right)}${slash(-3)}${slash(3)}`;
}

function drawMark(
  { x, label }: { x: number; label: string },
  { x: axis, top, bottom, left, right }: Plot,
) {
  const at = axis.at(x);
  const half = textWidth(label, 11) / 2;
  const middle = Math.max(left + half, Math.min(right - half, at));
  return el(
    'g',
    {},
    el('line', { class: 'guide dotted', x1: at, x2: at, y1: top - 2, y2: bottom }),
    el('text', { class: 'small', x: middle, y: top - 8, 'text-anchor': 'middle' }, label),
  );
}

function path(points: readonly { x: number; y: number }[], { x, y }: Plot): string {
  const draw = line<{ x: number; y: number }>(
    (point) => x.at(point.x),
    (point) => y.at(point.y),
  );
  return draw.digits(1)(points) ?? '';
}

function drawSeries(series: Series, place: number, of: number, plot: Plot): Markup {
  const { look, points, curve = false, label } = series;
  const sorted = points.toSorted((a, b) => a.x - b.x);
  const marked = curve ? someOf(sorted, place / of, plot) : sorted;
  return el(
    'g',
    { class: look.colour, 'data-series': label },
    el('path', {
      class: curve ? 'stroke thin' : 'stroke',
      d: path(curve ? sparse(sorted, plot) : sorted, plot),
    }),
    sorted.map((point) => whisker(point, plot)),
    marked.map((point) => drawPoint(point, look.shape, plot, curve ? 30 : 44)),
  );
}

/** Points of a curve that get a marker, four over the plot; `phase` keeps those of others apart. */
function someOf(points: readonly Point[], phase: number, { x, left, right }: Plot): Point[] {
  const wanted = [0, 1, 2, 3].map((i) => left + ((i + 0.5 + phase / 2) * (right - left)) / 4);
  const last = points[points.length - 1];
  return wanted.flatMap((at) =>
    x.at(last.x) < at ? [] : (points.find((point) => x.at(point.x) >= at) ?? []),
  );
}

/** From the lowest repeat to the highest, where that is longer than the marker. */
function whisker({ x, min, max }: Point, plot: Plot): Markup | undefined {
  if (min === undefined || max === undefined) return undefined;
  const [low, high, at] = [plot.y.at(min), plot.y.at(max), plot.x.at(x)].map(round);
  if (low - high < 8) return undefined;
  const d = `M${at},${low}V${high}M${at - 3},${low}h6M${at - 3},${high}h6`;
  return el('path', { class: 'stroke thin', d });
}

function drawPoint(point: Point, shape: Shape, { x, y }: Plot, size: number): Markup[] {
  return drawMarker({ ...point, x: x.at(point.x), y: y.at(point.y) }, shape, size);
}

/** A curve without the points that no eye could tell apart. */
function sparse(points: Point[], { x, y }: Plot): Point[] {
  const kept: Point[] = [];
  for (const [i, point] of points.entries()) {
    const last = kept[kept.length - 1];
    const near =
      last !== undefined &&
      Math.hypot(x.at(point.x) - x.at(last.x), y.at(point.y) - y.at(last.y)) < 1.5;
    if (!near || i === points.length - 1) kept.push(point);
  }
  return kept;
}

/** Names at the ends of their lines, at the right, each with its marker. */
function endLabels({ series }: Panel, plot: Plot): Markup[] {
  const ends = series.map(({ points }) =>
    points.reduce((last, point) => (point.x >= last.x ? point : last)),
  );
  const wanted = ends.map(({ y }) => plot.y.at(y));
  const places = spreadOut(wanted, LABEL_GAP, plot.top + 2, plot.bottom - 2);
  return series.flatMap(({ label, look }, i) => {
    const [x, y] = [plot.right + LEADER, places[i]];
    const from = Math.min(plot.x.at(ends[i].x) + 7, plot.right + 2);
    const moved = Math.abs(y - wanted[i]) > 3 || plot.right - from > 12;
    const d = `M${round(from)},${round(wanted[i])}L${round(x - 3)},${round(y)}`;
    const transform = `translate(${round(x + 4)},${round(y)})`;
    const marker = el('path', { class: 'fill', d: markerPath(look.shape), transform });
    return [
      ...(moved ? [el('path', { class: 'grid', d })] : []),
      el('g', { class: look.colour }, marker),
      el('text', { x: x + MARKER, y: y + 4 }, label),
    ];
  });
}
