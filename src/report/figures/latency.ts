import type { LineChart, Point, Series } from '../chart/chart.js';
import { lineChart } from '../chart/drawing.js';
import { stepLook } from '../chart/look.js';
import type { Group } from '../gather.js';
import type { Row } from '../result-file.js';
import { percent } from '../words.js';
import type { Figure } from './figure.js';
import {
  has,
  methodLabel,
  seriesBy,
  settingOf,
  splitBesideCpu,
  splitBy,
  spoken,
  valuesOf,
  varies,
} from './rows.js';

const SETTING = ['memory', 'frameBytes', 'pipelines', 'burst', 'timeoutUs'];

/** Latency against load, the whole distributions, and what the timeout costs at low rates. */
export function latency(group: Group): Figure[] {
  const rows = group.rows.filter((row) => has(row, 'load', 'latencyP50Us'));
  if (rows.length === 0) return [];
  const usual = usualTimeout(rows);
  const main = rows.filter(({ timeoutUs }) => timeoutUs === usual);
  return [...againstLoad(group, main), ...distributions(group, main), ...timeouts(group, rows)];
}

/** The timeout that most rows have: others were measured to show what it costs. */
function usualTimeout(rows: readonly Row[]): number | undefined {
  const count = (timeout: number | undefined) =>
    rows.filter(({ timeoutUs }) => timeoutUs === timeout).length;
  return rows.map(({ timeoutUs }) => timeoutUs).reduce((a, b) => (count(b) > count(a) ? b : a));
}

const LOAD_AXIS = { title: 'offered load, share of the method’s peak', label: percent };

/** Median and 99th percentile side by side, a pair for each burst. */
function againstLoad(group: Group, rows: Row[]): Figure[] {
  const loads = valuesOf(rows, 'load').map(Number);
  if (loads.length < 2) return [];
  const panels = splitBesideCpu(rows, SETTING).flatMap(({ title, rows }) =>
    [
      { field: 'latencyP50Us', name: 'median' },
      { field: 'latencyP99Us', name: '99th percentile' },
    ]
      .map(({ field, name }) => ({ field, name, rows: rows.filter((row) => has(row, field)) }))
      .filter(({ rows }) => rows.length > 0)
      .map(({ field, name, rows }) => ({
        title: title === undefined ? name : `${name}, ${title}`,
        series: seriesBy(rows, 'method', 'load', field),
      })),
  );
  const chart: LineChart = {
    x: { ...LOAD_AXIS, kind: 'linear', ticks: loads },
    y: { title: 'latency, µs', kind: 'log' },
    panels,
  };
  return [
    {
      id: 'latency',
      title: 'Latency against load',
      setting: settingOf(rows, SETTING),
      description: spoken(chart),
      draw: lineChart(chart),
      caption: [
        'From the receive call’s return to the send call’s return, per packet. Medians of the ' +
          'repeats; bars run from the lowest to the highest.',
      ],
      group,
      rows,
    },
  ];
}

/** Percentile curves, as HDR histograms are drawn: a panel a method, a line a load. */
function distributions(group: Group, rows: Row[]): Figure[] {
  const full = rows.filter(({ latency }) => latency?.packets.some((n) => n > 0));
  const loads = valuesOf(full, 'load').map(Number);
  return splitBesideCpu(full, SETTING).map(({ title, rows }, i) => {
    const panels = splitBy(rows, ['method']).map(({ rows }) => ({
      title: methodLabel(rows, full),
      series: rows.map((row) => curveOf(row, loads)),
    }));
    const most = Math.max(...panels.flatMap(({ series }) => series.flatMap(lastOf)));
    const ticks = NINES.filter((inverse) => inverse <= most);
    const chart: LineChart = {
      x: { title: 'percentile', kind: 'log', ticks, label: nines },
      y: { title: 'latency, µs; a line for each load', kind: 'log' },
      panels,
      aspect: 0.66,
    };
    return {
      id: i === 0 ? 'latency-distribution' : `latency-distribution-${i + 1}`,
      title: `Latency distributions${title === undefined ? '' : `: ${title}`}`,
      setting: settingOf(rows, SETTING),
      description: spoken(chart),
      draw: lineChart(chart),
      caption: [
        'Every packet of all repeats; a line for each offered load, as a share of the method’s ' +
          'peak. The axis stretches towards the slowest packets, as for HDR histograms: each step ' +
          'to the right leaves a tenth of the packets.',
        ...(rows.some(({ lost }) => (lost ?? 0) > 0) ? [LOSSES] : []),
      ],
      group,
      rows,
      folded: i > 0,
    };
  });
}

const LOSSES =
  'At some loads frames were lost, which are in no distribution: see “lost” in the table.';

/** One over the share of packets that are slower: 10 is the 90th percentile. */
const NINES = [1, 2, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000];

function nines(inverse: number): string {
  // 1 - 1/1000 is not 0.999 in binary.
  return String(Number((100 - 100 / inverse).toPrecision(9)));
}

function curveOf(row: Row, loads: readonly number[]): Series {
  const { load = 0, latency = { us: [], packets: [] } } = row;
  const look = stepLook(loads.indexOf(load), loads.length);
  return { label: percent(load), look, points: percentiles(latency), curve: true };
}

const lastOf = ({ points }: Series) => points.slice(-1).map(({ x }) => x);

/** The share of packets at or below each bucket's edge, as NINES has it; the last is the slowest. */
export function percentiles({ us, packets }: { us: number[]; packets: number[] }): Point[] {
  const total = packets.reduce((sum, n) => sum + n, 0);
  if (total === 0) return [];
  const points: Point[] = [{ x: 1, y: us[0] }];
  let upTo = 0;
  for (const [i, n] of packets.entries()) {
    upTo += n;
    points.push({ x: total / Math.max(1, total - upTo), y: us[i] });
  }
  return points;
}

/** What is the same where only the timeout differs. */
const SAME = ['method', 'memory', 'frameBytes', 'burst', 'load'];

/** What waiting for a full item costs where few packets come: the same load at several timeouts. */
function timeouts(group: Group, rows: Row[]): Figure[] {
  const all = rows.filter((row) => {
    const alike = rows.filter((other) => SAME.every((field) => other[field] === row[field]));
    return varies(alike, 'timeoutUs');
  });
  if (all.length === 0) return [];
  const chart: LineChart = {
    x: { title: 'timeout, µs', kind: 'log', ticks: valuesOf(all, 'timeoutUs').map(Number) },
    y: { title: 'median latency, µs', kind: 'log' },
    panels: splitBesideCpu(all, ['memory', 'frameBytes', 'burst', 'load']).map(
      ({ title, rows }) => ({
        title,
        series: seriesBy(rows, 'method', 'timeoutUs', 'latencyP50Us'),
      }),
    ),
  };
  return [
    {
      id: 'latency-timeout',
      title: 'What the timeout of a partial item costs',
      setting: settingOf(all, ['memory', 'frameBytes', 'burst', 'load']),
      description: spoken(chart),
      draw: lineChart(chart),
      caption: [
        'An item that is not full waits for more packets as long as --timeout-us says: where few ' +
          'come, that is what most of them wait for. cpu gathers no items.',
      ],
      group,
      rows: all,
    },
  ];
}
