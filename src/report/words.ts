/**
 * How fields of rows are called, and how their values read. Between a number and its unit is a
 * space that does not break (U+00A0).
 */

/** Three significant digits, whole ones all: `0.0123`, `12.3`, `1,234`. */
export function figure(n: number): string {
  if (!Number.isFinite(n)) return '–';
  if (n === 0) return '0';
  const digits = Math.max(0, Math.min(6, 2 - Math.floor(Math.log10(Math.abs(n)))));
  return n.toLocaleString('en-US', { maximumFractionDigits: digits });
}

/** The same with as many digits for all that is not whole, as columns want it: `50.0`. */
export function measured(n: number): string {
  if (Number.isInteger(n) || !Number.isFinite(n)) return figure(n);
  const digits = Math.max(0, Math.min(6, 2 - Math.floor(Math.log10(Math.abs(n)))));
  return n.toLocaleString('en-US', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

/** `50 ns`, `1.5 µs`, `2 ms`. */
export function duration(ns: number): string {
  if (ns >= 1e9) return `${figure(ns / 1e9)} s`;
  if (ns >= 1e6) return `${figure(ns / 1e6)} ms`;
  return ns >= 1000 ? `${figure(ns / 1000)} µs` : `${figure(ns)} ns`;
}

export function percent(share: number): string {
  return `${figure(share * 100)} %`;
}

export function plural(n: number, noun: string): string {
  return `${n.toLocaleString('en-US')} ${noun}${n === 1 ? '' : 's'}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(words: readonly string[]): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} and ${words[words.length - 1]}`;
}

const MEMORY: Record<string, string> = {
  host: 'host memory',
  gpu: 'GPU memory',
  'gpu-mapped': 'mapped GPU memory',
  staged: 'staged memory',
};

/** A field's value as a phrase that stands by itself; in the order they are read. */
const PHRASES: Record<string, (value: unknown) => string> = {
  method: (value) => `method ${value}`,
  memory: (value) => MEMORY[String(value)] ?? String(value),
  frameBytes: (value) => `${figure(Number(value))}-byte frames`,
  burst: (value) => `${figure(Number(value))} packets per item`,
  pipelines: (value) => plural(Number(value), 'pipeline'),
  lcores: (value) => `${plural(Number(value), 'lcore')} a path`,
  timeoutUs: (value) => `${figure(Number(value))} µs timeout`,
  packetTimeNs: (value) => `${duration(Number(value))} of work per packet`,
  load: (value) => `${percent(Number(value))} of peak`,
  port: (value) => `over ${value}`,
  oneWay: (value) => (value ? 'one way' : 'there and back'),
  zeroCopy: (value) => (value ? 'testpmd lends its mbufs' : 'both sides copy'),
  queues: (value) => plural(Number(value), 'queue'),
  lineRateGbps: (value) => `a link of ${figure(Number(value))} Gbit/s`,
  generator: (value) => `frames from ${value === 'traffic' ? 'a traffic port' : value}`,
};

/** `1,024-byte frames, 1 pipeline`: the named fields of a row that it has. */
export function phrases(row: Record<string, unknown>, fields: readonly string[]): string {
  return fields
    .filter((field) => row[field] !== undefined)
    .map((field) => PHRASES[field]?.(row[field]) ?? `${field} ${row[field]}`)
    .join(', ');
}

const HEADINGS: Record<string, string> = {
  mpps: 'Mpps',
  gbps: 'Gbit/s',
  testpmdMpps: 'testpmd Mpps',
  sentMpps: 'sent Mpps',
  sentGbps: 'sent Gbit/s',
  peakMpps: 'peak Mpps',
  slowestTenthMpps: 'slowest tenth of a second, Mpps',
  offeredMpps: 'offered Mpps',
  zeroLossMpps: 'zero-loss Mpps',
  zeroLossGbps: 'zero-loss Gbit/s',
  lineRateGbps: 'line rate, Gbit/s',
  frameBytes: 'frame bytes',
  packetTimeNs: 'work per packet',
  timeoutUs: 'timeout µs',
  itemsPerSecond: 'items/s',
  us: 'µs',
  usP99: 'p99 µs',
  perPacketNs: 'ns a packet',
};

/** A field's name as a heading: `latencyP50Us` is `p50 µs`. */
export function heading(field: string): string {
  const latency = /^latency(P\d+|Max)Us$/.exec(field);
  if (latency !== null) return `${latency[1].toLowerCase().replace('p999', 'p99.9')} µs`;
  return HEADINGS[field] ?? field.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
