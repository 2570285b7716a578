import { el, type Markup } from '../markup.js';
import type { LineChart } from './chart.js';
import { legendOf } from './marker.js';
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
