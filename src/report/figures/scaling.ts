import type { Guide, LineChart } from '../chart/chart.js';
import { lineChart } from '../chart/drawing.js';
import type { Group } from '../gather.js';
import type { Row } from '../result-file.js';
import type { Figure } from './figure.js';
import { has, seriesBy, settingOf, splitBesideCpu, spoken, valuesOf } from './rows.js';

const PANELS = ['memory', 'frameBytes', 'burst'];

/** Mpps against pipelines, with what the fastest would reach if each pipeline added as much. */
export function scaling(group: Group): Figure[] {
  const rows = group.rows.filter((row) => has(row, 'pipelines', 'mpps'));
  const pipelines = valuesOf(rows, 'pipelines').map(Number);
  if (pipelines.length < 2) return [];
  const highest = Math.max(...rows.map(mppsOf));
  const chart: LineChart = {
    x: { title: 'pipelines', kind: 'log', ticks: pipelines },
    y: { title: 'Mpps', kind: 'auto' },
    panels: splitBesideCpu(rows, PANELS).map(({ title, rows }) => ({
      title,
      series: seriesBy(rows, 'method', 'pipelines', 'mpps'),
      guides: linear(rows, pipelines, highest),
    })),
  };
  return [
    {
      id: 'scaling',
      title: 'Throughput over pipelines',
      setting: settingOf(rows, PANELS),
      description: spoken(chart),
      draw: lineChart(chart),
      caption: [
        'A pipeline is an RX and a TX queue with their lcores and a comm list. Medians of the ' +
          'repeats; bars run from the lowest to the highest. Dashed: the fastest at the fewest ' +
          'pipelines, if each more added as much.',
      ],
      group,
      rows,
    },
  ];
}

/** From the fastest row of the fewest pipelines on, up to a little above all that was measured. */
function linear(rows: readonly Row[], pipelines: readonly number[], highest: number): Guide[] {
  const first = pipelines[0];
  const fastest = Math.max(0, ...rows.filter((row) => row.pipelines === first).map(mppsOf));
  if (fastest === 0) return [];
  const most = Math.min(pipelines[pipelines.length - 1], (first * highest * 1.25) / fastest);
  const xs = [...pipelines.filter((n) => n < most), most];
  return [{ label: 'linear', points: xs.map((x) => ({ x, y: (fastest * x) / first })) }];
}

const mppsOf = ({ mpps }: Row) => mpps ?? 0;
