import { METHODS } from '../../apps/l2fwd/options.js';
import { type Crossover, crossoversOf } from '../../bench/crossovers.js';
import type { PeakRow } from '../../bench/peak-bench.js';
import type { LineChart, Panel } from '../chart/chart.js';
import { lineChart } from '../chart/drawing.js';
import type { Group } from '../gather.js';
import type { Row } from '../result-file.js';
import { duration, listed } from '../words.js';
import type { Figure } from './figure.js';
import { has, seriesBy, settingOf, splitBesideCpu, spoken, valuesOf } from './rows.js';

const PANELS = ['memory', 'frameBytes', 'burst', 'pipelines'];

/** Mpps against artificial work per packet: where the GPU overtakes the CPU. */
export function work(group: Group): Figure[] {
  const rows = group.rows.filter((row) => has(row, 'packetTimeNs', 'mpps'));
  const times = valuesOf(rows, 'packetTimeNs').map(Number);
  if (times.length < 2) return [];
  const split = splitBesideCpu(rows, PANELS);
  const chart: LineChart = {
    x: { title: 'work per packet', kind: 'log', ticks: times, label: duration },
    y: { title: 'Mpps', kind: 'log' },
    panels: split.map(({ title, rows }) => ({
      title,
      series: seriesBy(rows, 'method', 'packetTimeNs', 'mpps'),
      marks: firstOvertaking(rows),
    })),
    aspect: 0.9,
  };
  const findings = split.map(({ title, rows }) => {
    const found = said(rows);
    return title === undefined || found === '' ? found : `${title}: ${found}`;
  });
  return [
    {
      id: 'work',
      title: 'Work per packet: where the GPU overtakes the CPU',
      setting: settingOf(rows, PANELS),
      description: spoken(chart),
      draw: lineChart(chart),
      caption: [
        'Every packet takes so long of artificial work, on one CPU core (cpu) or in a thread of ' +
          'the GPU (the others).',
        ...findings.filter((text) => text !== ''),
      ],
      group,
      rows,
    },
  ];
}

/** Where methods overtake each other, as `bench work` finds it. */
export function crossovers(rows: readonly Row[]): Crossover[] {
  return crossoversOf(rows.filter(isPeakRow));
}

/** What a crossover is found by. */
function isPeakRow(row: Row): row is Row & PeakRow {
  return METHODS.some((name) => name === row.method) && has(row, 'mpps', 'mppsMin', 'mppsMax');
}

/** The least work with which a GPU method overtakes the CPU. */
function firstOvertaking(rows: readonly Row[]): Panel['marks'] {
  const [first] = crossovers(rows).filter(({ of }) => of === 'cpu');
  if (first === undefined) return [];
  return [{ x: first.packetTimeNs, label: `${first.by} overtakes cpu: ${place(first)}` }];
}

/** `31 ns`, `10 ns or before`. */
export function place({ packetTimeNs, orBefore }: Crossover): string {
  return `${about(packetTimeNs)}${orBefore ? ' or before' : ''}`;
}

/** Two digits: between two measured points no more is known. */
function about(ns: number): string {
  return duration(Number(ns.toPrecision(2)));
}

/** All of them in words, and the methods that never clearly overtake the CPU. */
function said(rows: readonly Row[]): string {
  const found = crossovers(rows);
  const each = found.map((one) => `${one.by} overtakes ${one.of} at about ${place(one)}`);
  const never = valuesOf(rows, 'method')
    .map(String)
    .filter((name) => name !== 'cpu' && !found.some(({ of, by }) => of === 'cpu' && by === name));
  const cpu = rows.some(({ method }) => method === 'cpu');
  const parts = each.length > 0 ? [`Crossovers: ${each.join('; ')}.`] : [];
  if (cpu && never.length > 0) parts.push(`No clear crossover from cpu: ${listed(never)}.`);
  return parts.join(' ');
}
