import type { LineChart } from '../chart/chart.js';
import { lineChart } from '../chart/drawing.js';
import type { Group } from '../gather.js';
import { againstTestpmd } from './cpu.js';
import type { Figure } from './figure.js';
import { LINE_RATE_NOTE, rateGuides, ratesAt } from './line-rates.js';
import { has, seriesBy, settingOf, splitBy, spoken, valuesOf, varies } from './rows.js';

const PANELS = ['port', 'oneWay', 'zeroCopy', 'frameBytes', 'burst'];

/** What `bench back-to-back` shows: l2fwd beside testpmd in its place, and rates over queues. */
export function backToBack(group: Group): Figure[] {
  const title = 'Between two ends of dpdk-testpmd, against itself';
  return [...againstTestpmd(group, 'back-to-back', title), ...overQueues(group)];
}

/** Gbit/s against queues, a line for each memory kind, or for each method where that is varied. */
function overQueues(group: Group): Figure[] {
  // Frames that are checked take longer.
  const rows = group.rows.filter((row) => has(row, 'queues', 'gbps') && row.checked === undefined);
  const queues = valuesOf(rows, 'queues').map(Number);
  if (queues.length < 2) return [];
  const byMemory = varies(rows, 'memory');
  const [field, other] = byMemory ? ['memory', 'method'] : ['method', 'memory'];
  const highest = Math.max(...rows.map(({ gbps }) => gbps ?? 0));
  const chart: LineChart = {
    x: { title: 'queues', kind: 'log', ticks: queues },
    y: { title: 'Gbit/s of frame bytes', kind: 'auto' },
    panels: splitBy(rows, [...PANELS, other]).map(({ title, rows }) => ({
      title,
      series: seriesBy(rows, field, 'queues', 'gbps'),
      guides: rateGuides(ratesAt(group.results, rows[0].frameBytes), queues, highest),
    })),
  };
  return [
    {
      id: 'back-to-back-queues',
      title: 'Between two ends of dpdk-testpmd, over queues',
      setting: settingOf(rows, [...PANELS, other, 'device']),
      description: spoken(chart),
      draw: lineChart(chart),
      caption: [
        'Frames that came back to testpmd; one way, those that a net_null port took instead. ' +
          'Each queue has lcores of its own at both ends.',
        LINE_RATE_NOTE,
      ],
      group,
      rows,
    },
  ];
}
