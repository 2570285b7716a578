import { Note, type Noted, type Recorded } from '../telemetry/recorder.js';

/** When a kernel worked on an item: tsc, as everything here. */
export interface KernelTime {
  readonly began: number;
  readonly start: number;
  readonly end: number;
  readonly block: number;
  readonly processor: number;
}

/** A copy by the copy engine, and the items that were under way with it. */
export interface CopyTime {
  readonly from: number;
  readonly to: number;
  readonly bytes: number;
  readonly back: boolean;
}

/** What is known of one window of a path. */
export interface WindowTrace {
  readonly rx: Recorded;
  /** Absent where the method runs to completion. */
  readonly tx?: Recorded;
  /** By the items' numbers. */
  readonly kernels: ReadonlyMap<number, KernelTime>;
  readonly copies: readonly CopyTime[];
}

/** What became of one item; a part is missing where it was not recorded. */
export interface ItemTrace {
  readonly number: number;
  packets: number;
  receives: Noted[];
  handed?: number;
  kernel?: KernelTime;
  found?: number;
  sends: Noted[];
  freed?: number;
}

/** An item of which both ends are known, from its first packet's coming to its being FREE. */
export type WholeItem = ItemTrace & { handed: number; found: number; freed: number };

/** The items of a window, by number. */
export function itemsOf({ rx, tx, kernels }: WindowTrace): Map<number, ItemTrace> {
  const items = new Map<number, ItemTrace>();
  const item = (number: number): ItemTrace => {
    const known = items.get(number);
    if (known !== undefined) return known;
    const made = { number, packets: 0, receives: [], sends: [], kernel: kernels.get(number) };
    items.set(number, made);
    return made;
  };
  let receives: Noted[] = [];
  for (const noted of rx.notes) {
    if (noted.note === Note.RECEIVE) receives.push(noted);
    if (noted.note !== Note.HAND) continue;
    const { a: number, b: packets, from: handed } = noted;
    Object.assign(item(number), { packets, handed, receives });
    receives = [];
  }
  let sends: Noted[] = [];
  for (const noted of tx?.notes ?? []) {
    if (noted.note === Note.FOUND) item(noted.a).found = noted.from;
    if (noted.note === Note.SEND) sends.push(noted);
    if (noted.note !== Note.FREE) continue;
    Object.assign(item(noted.a), { freed: noted.from, sends });
    sends = [];
  }
  return items;
}

/** Those that brought packets round. */
export function wholeItems(items: Iterable<ItemTrace>): WholeItem[] {
  return [...items].filter(
    (item): item is WholeItem =>
      item.packets !== 0 &&
      item.receives.length !== 0 &&
      item.handed !== undefined &&
      item.found !== undefined &&
      item.freed !== undefined,
  );
}

/** A span of time, in cycles. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/**
 * When all ends recorded. What one of them did before or after is left out: it would look as if the
 * others had done nothing meanwhile. Where there is no such time, everything is in.
 */
export function commonSpan({ rx, tx }: WindowTrace): Span {
  const spans = [rx, ...(tx === undefined ? [] : [tx])].map((end) => ({
    from: end.opened,
    to: end.closed,
  }));
  const from = Math.max(...spans.map((span) => span.from));
  const to = Math.min(...spans.map((span) => span.to));
  return from < to ? { from, to } : { from: 0, to: Infinity };
}
