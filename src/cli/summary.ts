import type { L2fwdResult, PoolCounts } from '../apps/l2fwd/result.js';
import { byReason, count, measure, plural } from './figures.js';
import { formatPairs } from './table.js';

/** What a person reads of a result, in this order; a row without text is left out. */
const rows: [string, (result: L2fwdResult) => string | undefined][] = [
  ['method', (r) => `${r.method}, ${plural(r.burst, 'packet')} an item, ${r.items} items a list`],
  ['device', (r) => `${r.device.driver} (${r.device.name}), ${r.memory} memory`],
  ['ports', (r) => r.ports.map((port) => `${port.name} (${port.driver})`).join(', ')],
  ['pipelines', (r) => (r.pipelines > 1 ? count(r.pipelines) : undefined)],
  [
    'input',
    ({ input }) =>
      input &&
      `${input.file}, ${plural(input.frames, 'frame')}${input.truncated ? ', cut off' : ''}`,
  ],
  [
    'rx',
    ({ rx }) =>
      `${plural(rx.packets, 'packet')}, ${plural(rx.bytes, 'byte')}, ${count(rx.missed)} missed`,
  ],
  ['tx', ({ tx }) => `${plural(tx.packets, 'packet')}, ${plural(tx.bytes, 'byte')}`],
  ['dropped', (r) => byReason(r.dropped)],
  ['unchanged', (r) => byReason(r.unchanged)],
  ['rate', (r) => `${measure(r.mpps)} Mpps, ${measure(r.gbps)} Gbit/s`],
  [
    'time',
    (r) =>
      `${measure(r.seconds)} s` +
      (r.warmup.packets > 0 ? `, after ${plural(r.warmup.packets, 'packet')} of warm-up` : ''),
  ],
  ['latency', latency],
  [
    'items',
    (r) =>
      r.listItems === 0
        ? undefined
        : `${count(r.listItems)}, ${measure(r.rx.packets / r.listItems)} packets per item`,
  ],
  ['launches', (r) => count(r.launches)],
  [
    'verify',
    ({ verify }) => verify && `${plural(verify.checked, 'frame')}, ${count(verify.wrong)} wrong`,
  ],
  [
    'traffic',
    ({ traffic }) =>
      traffic &&
      `${measure(traffic.mppsOffered)} Mpps offered, ${plural(traffic.sent, 'frame')} sent, ` +
        `${count(traffic.lost)} lost, ` +
        (traffic.checked === 0
          ? 'not checked'
          : `${count(traffic.wrong)} wrong, ${count(traffic.outOfOrder)} out of order, ` +
            `${count(traffic.duplicated)} twice`),
  ],
  ['trace', ({ trace }) => trace && `${trace.file}, to be opened in ui.perfetto.dev`],
  ['mempool', ({ mempool }) => returned(mempool)],
];

/** The summary table of a run, for standard output. */
export function summary(result: L2fwdResult): string {
  const pairs = rows.map(([label, text]) => [label, text(result) ?? ''] as const);
  return formatPairs(pairs.filter(([, text]) => text !== ''));
}

function returned({ size, available, kept = 0 }: PoolCounts): string {
  const back = `${count(available)} of ${count(size)} mbufs back`;
  return kept === 0 ? back : `${back}, ${count(kept)} kept by a port's driver`;
}

function latency({ latencyUs, tx }: L2fwdResult): string {
  if (tx.packets === 0) return '-';
  const { p50, p90, p99, p999, max } = latencyUs;
  const points = { p50, p90, p99, 'p99.9': p999, max };
  const texts = Object.entries(points).map(([name, value]) => `${name} ${measure(value)}`);
  return `${texts.join(', ')} µs`;
}
