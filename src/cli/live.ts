import type { L2fwdSnapshot } from '../apps/l2fwd/result.js';
import { DrawnTable } from './drawn-table.js';
import { byReason, count, measure } from './figures.js';
import type { Shell } from './shell.js';
import { formatPairs } from './table.js';

/** What happened between two snapshots; rates and packets per item are those of that time. */
interface Span {
  now: L2fwdSnapshot;
  before?: L2fwdSnapshot;
  seconds: number;
  packets: number;
  bytes: number;
  /** Packets that left the lists, sent or dropped. */
  done: number;
  items: number;
}

/** Declared once for the line and for the table. Totals count from the start of the run. */
const figures: [string, (span: Span) => string | undefined][] = [
  ['time', ({ now }) => `${now.seconds.toFixed(1)} s`],
  ['rx', ({ now }) => count(now.rx.packets)],
  ['tx', ({ now }) => count(now.tx.packets)],
  ['Mpps', (span) => measure(ratesOf(span).mpps)],
  ['Mpps/queue', byQueue],
  ['Gbit/s', (span) => measure(ratesOf(span).gbps)],
  ['dropped', ({ now }) => byReason(now.dropped)],
  ['missed', ({ now }) => count(now.rx.missed)],
  ['packets/item', ({ done, items }) => (items === 0 ? '-' : (done / items).toFixed(1))],
  ['list', ({ now: { occupancy } }) => (occupancy.of === 0 ? '-' : full(occupancy))],
];

/** Live statistics as one line, for a pipe; ends with a line break. */
export function liveLine(now: L2fwdSnapshot, before?: L2fwdSnapshot): string {
  const span = between(now, before);
  const line = pairs(span)
    .map(([name, text]) => `${name} ${text}`)
    .join('  ');
  // Programs read pipes: no commas within numbers.
  return `${line.replace(/(?<=\d),(?=\d)/g, '')}\n`;
}

/** Live statistics as a table, for a terminal; ends with a line break. */
export function liveTable(now: L2fwdSnapshot, before?: L2fwdSnapshot): string {
  const span = between(now, before);
  return formatPairs(pairs(span));
}

/** Rates of the time between two snapshots; frame bytes alone count. */
export function liveRates(now: L2fwdSnapshot, before?: L2fwdSnapshot): Rates {
  return ratesOf(between(now, before));
}

interface Rates {
  mpps: number;
  gbps: number;
}

function ratesOf({ packets, bytes, seconds }: Span): Rates {
  return { mpps: packets / seconds / 1e6, gbps: (bytes * 8) / seconds / 1e9 };
}

/** Each figure that applies, and its text. */
function pairs(span: Span): [string, string][] {
  return figures.flatMap(([name, text]) => {
    const shown = text(span);
    return shown === undefined ? [] : [[name, shown] as [string, string]];
  });
}

/**
 * Prints live statistics to standard error once a second: a line each on a pipe, on a terminal a
 * table drawn over the one before.
 */
export class LiveStatistics {
  private before: L2fwdSnapshot | undefined;
  private timer: NodeJS.Timeout | undefined;
  private readonly table: DrawnTable;

  constructor(private readonly shell: Shell) {
    this.table = new DrawnTable((text) => shell.err(text));
  }

  start(control: { snapshot(): L2fwdSnapshot }): void {
    this.timer = setInterval(() => this.show(control.snapshot()), 1000);
  }

  stop(): void {
    clearInterval(this.timer);
    // The last table stays, apart from what is printed next.
    if (this.table.leave()) this.shell.err('\n');
  }

  /** A message from the run, which goes above a table that stands there. */
  say(message: string): void {
    this.table.replace(`${message}\n`);
  }

  show(now: L2fwdSnapshot): void {
    const { columns } = this.shell;
    if (columns === undefined) this.shell.err(liveLine(now, this.before));
    else this.table.draw(liveTable(now, this.before), columns);
    this.before = now;
  }
}

function between(now: L2fwdSnapshot, before?: L2fwdSnapshot): Span {
  return {
    now,
    before,
    seconds: now.seconds - (before?.seconds ?? 0),
    packets: now.tx.packets - (before?.tx.packets ?? 0),
    bytes: now.tx.bytes - (before?.tx.bytes ?? 0),
    done: processed(now) - (before === undefined ? 0 : processed(before)),
    items: now.listItems - (before?.listItems ?? 0),
  };
}

function processed({ tx, dropped }: L2fwdSnapshot): number {
  return Object.values(dropped).reduce((sum, n) => sum + n, tx.packets);
}

function full({ used, of }: { used: number; of: number }): string {
  return `${count(used)}/${count(of)}`;
}

/** What each queue has sent, port by port: `1.200+1.300`. Undefined where there is but one. */
function byQueue({ now, before, seconds }: Span): string | undefined {
  if (now.queues.length < 2) return undefined;
  const sent = now.queues.map(({ tx }, i) => tx.packets - (before?.queues[i].tx.packets ?? 0));
  return sent.map((packets) => measure(packets / seconds / 1e6)).join('+');
}
