import type { LineChart } from '../chart/chart.js';
import { lineChart } from '../chart/drawing.js';
import type { Group } from '../gather.js';
import type { Figure } from './figure.js';
import { LINE_RATE_NOTE, rateCurves } from './line-rates.js';
import { has, seriesBy, settingOf, splitBy, spoken, valuesOf } from './rows.js';

const PANELS = ['method', 'burst', 'pipelines'];

/** Peak forwarding that touches no packet: memory kinds over frame sizes. */
export function figure13(group: Group): Figure[] {
  const rows = group.rows.filter((row) => has(row, 'frameBytes', 'gbps') && row.memory);
  if (rows.length === 0) return [];
  const sizes = valuesOf(rows, 'frameBytes').map(Number);
  const highest = Math.max(...rows.map(({ gbps }) => gbps ?? 0));
  const chart: LineChart = {
    x: { title: 'frame bytes', kind: 'log', ticks: sizes },
    y: { title: 'Gbit/s of frame bytes', kind: 'auto' },
    panels: splitBy(rows, PANELS).map(({ title, rows }) => ({
      title,
      series: seriesBy(rows, 'memory', 'frameBytes', 'gbps'),
      guides: rateCurves(sizes, highest),
    })),
  };
  return [
    {
      id: 'figure13',
      title: 'Figure 13: peak forwarding without touching packets',
      setting: settingOf(rows, [...PANELS, 'memory']),
      description: spoken(chart),
      draw: lineChart(chart),
      caption: [
        'The control path alone: no kernel runs, no payload is read. Medians of the repeats; bars ' +
          'run from the lowest to the highest.',
        LINE_RATE_NOTE,
      ],
      group,
      rows,
    },
  ];
}
