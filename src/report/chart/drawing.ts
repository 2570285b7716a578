import { el, type Markup } from '../markup.js';
import type { LineChart } from './chart.js';
import { textWidth } from './labels.js';
import { drawPanel } from './panel.js';

/** What has been drawn from 0,0 on, and how high it became. */
export interface Drawn {
  height: number;
  content: readonly Markup[];
}

/** Draws something so many units wide. */
export type Draw = (width: number) => Drawn;

/** Panels stand side by side where each has this much, else one below the other. */
const PANEL_WIDTH = 330;
const GAP = 28;
const LEGEND = 22;

/** A chart's panels in rows; below them what its marks mean, where any stand in it. */
export function lineChart(chart: LineChart): Draw {
  return (width) => {
    const fitting = Math.floor((width + GAP) / (PANEL_WIDTH + GAP));
    const columns = Math.max(1, Math.min(fitting, chart.panels.length));
    const panelWidth = (width - GAP * (columns - 1)) / columns;
    // A single panel over the whole width would be too high.
    const height = Math.min(panelWidth * (chart.aspect ?? 0.84), 330);
    const panels = chart.panels.map((panel, i) => {
      const x = (i % columns) * (panelWidth + GAP);
      const y = Math.floor(i / columns) * (height + GAP / 2);
      const inside = drawPanel(chart, panel, panelWidth, height);
      return el('g', { transform: `translate(${x},${y})` }, ...inside);
    });
    const rows = Math.ceil(chart.panels.length / columns);
    const bottom = rows * height + ((rows - 1) * GAP) / 2;
    const legend = legendOf(chart, width);
    return {
      height: bottom + legend.height,
      content: [...panels, el('g', { transform: `translate(0,${bottom})` }, ...legend.content)],
    };
  };
}

/** What hollow markers, rings and whiskers are, of those that are there. */
function legendOf({ panels }: LineChart, width: number): Drawn {
  const points = panels.flatMap(({ series }) => series.flatMap((one) => one.points));
  const entries: string[] = [];
  if (points.some(({ wide }) => wide)) entries.push('○ hollow: repeats more than 10 % apart');
  if (points.some(({ crowded }) => crowded)) {
    entries.push('◎ ringed: crowded, more threads than CPUs');
  }
  let [x, y] = [0, 14];
  const content = entries.map((entry) => {
    const room = textWidth(entry, 11) + 16;
    if (x > 0 && x + room > width) [x, y] = [0, y + 16];
    const text = el('text', { class: 'small soft', x, y }, entry);
    x += room;
    return text;
  });
  return { height: entries.length === 0 ? 0 : y + LEGEND - 14, content };
}
