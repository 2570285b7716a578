import type { LineChart } from '../chart/chart.js';
import { lineChart } from '../chart/drawing.js';
import type { Group } from '../gather.js';
import type { Figure } from './figure.js';
import { LINE_RATE_NOTE, rateGuides, ratesAt } from './line-rates.js';
import { has, seriesBy, settingOf, splitBesideCpu, spoken, valuesOf } from './rows.js';

const PANELS = ['memory', 'frameBytes', 'pipelines', 'load', 'packetTimeNs'];

/** Gbit/s of each method against packets per item, the line rates drawn in. */
export function figure14(group: Group): Figure[] {
  return againstBurst(
    group,
    'figure14',
    'Figure 14: throughput of each method against packets per item',
  );
}

/** The same from the sweep of `bench methods`. */
export function methodsFigure(group: Group): Figure[] {
  return againstBurst(group, 'methods', 'Every method over memory kinds, bursts and pipelines');
}

/** The same from runs of l2fwd. */
export function l2fwdFigure(group: Group): Figure[] {
  return againstBurst(group, 'l2fwd', 'Runs of l2fwd: throughput against packets per item');
}

function againstBurst(group: Group, id: string, title: string): Figure[] {
  const rows = group.rows.filter((row) => has(row, 'burst', 'gbps'));
  const bursts = valuesOf(rows, 'burst').map(Number);
  if (bursts.length < 2) return [];
  const highest = Math.max(...rows.map(({ gbps }) => gbps ?? 0));
  let lined = false;
  const panels = splitBesideCpu(rows, PANELS).map(({ title, rows }) => {
    const guides = rateGuides(ratesAt(group.results, rows[0].frameBytes), bursts, highest);
    lined ||= guides.length > 0;
    return { title, series: seriesBy(rows, 'method', 'burst', 'gbps'), guides };
  });
  const chart: LineChart = {
    x: { title: 'packets per item', kind: 'log', ticks: bursts },
    y: { title: 'Gbit/s of frame bytes', kind: 'auto' },
    panels,
  };
  const caption = ['Medians of the repeats; bars run from the lowest repeat to the highest.'];
  if (lined) caption.push(LINE_RATE_NOTE);
  const setting = settingOf(rows, PANELS);
  return [
    {
      id,
      title,
      setting,
      description: spoken(chart),
      draw: lineChart(chart),
      caption,
      group,
      rows,
    },
  ];
}
