import type { Slice, Timeline, Track } from './timeline.js';

/** What the groups of items' tracks and of copies begin with. */
export const LIST = 'comm list';
export const COPIES = 'copies';

/** What of a timeline is drawn as text. */
export interface View {
  /** Nanoseconds since its beginning. */
  readonly from: number;
  readonly to: number;
  /** Items whose tracks are drawn, and those of the kernels that worked on them. */
  readonly items: readonly number[];
  /** Columns of the drawing, names of tracks left out. */
  readonly columns: number;
}

/**
 * A timeline as text, a line for each track on which something happens in that time; slices as
 * `[receive 1]`, as much of their names as there is room for, and `▏` where there is none.
 */
export function sketch({ tracks }: Timeline, view: View): string {
  const lines = tracks.flatMap((track): [string, string][] => {
    const slices = track.slices.filter(({ from, to }) => to >= view.from && from <= view.to);
    const drawn = slices.length > 0 && concerns(track, slices, view.items);
    return drawn ? [[title(track), line(slices, view)]] : [];
  });
  const width = Math.max(0, ...lines.map(([name]) => name.length));
  return lines.map(([name, text]) => `${name.padEnd(width)} │${text.trimEnd()}\n`).join('');
}

/** Lcores and copies concern all items; other tracks those that stand on them. */
function concerns({ group }: Track, slices: readonly Slice[], items: readonly number[]): boolean {
  if (group === undefined || group.startsWith(COPIES)) return true;
  const held = slices.map(
    ({ name }) => /^(?:FREE: filled|READY|DONE|kernel) (\d+)$/.exec(name)?.[1],
  );
  return items.some((item) => held.includes(String(item)));
}

function title({ name, group }: Track): string {
  return group === undefined ? name : `  ${name}`;
}

function line(slices: readonly Slice[], { from, to, columns }: View): string {
  const cells = Array<string>(columns).fill(' ');
  const column = (time: number) =>
    Math.max(0, Math.min(columns, Math.floor(((time - from) * columns) / (to - from))));
  // Moments are in the file for those who zoom in; here they would hide what lasts.
  for (const slice of slices.filter((one) => one.from !== one.to)) {
    const first = Math.min(column(slice.from), columns - 1);
    const text = boxed(slice.name, Math.max(1, column(slice.to) - first));
    cells.splice(first, text.length, ...text);
  }
  return cells.slice(0, columns).join('');
}

function boxed(name: string, width: number): string {
  if (width < 3) return '▏'.repeat(width);
  const room = width - 2;
  const short = name.length <= room ? name : name.replace(/^.* /, '');
  return `[${short.slice(0, room).padEnd(room, '─')}]`;
}

/**
 * The time in which so many items of the first list go round, from number `item` on (absent: from the
 * first of the last window on); undefined where the trace shows none of them whole.
 */
export function spanOfItems(
  { tracks }: Timeline,
  items: number,
  item?: number,
): Pick<View, 'from' | 'to' | 'items'> | undefined {
  const parts = new Map<number, { from: number; to: number }>();
  const list = tracks.find(({ group }) => group?.startsWith(LIST))?.group;
  for (const { slices } of tracks.filter(({ group }) => group === list))
    for (const { name, from, to } of slices) {
      const [, number] = /^(?:FREE: filled|DONE) (\d+)$/.exec(name) ?? [];
      if (number === undefined) continue;
      const known = parts.get(Number(number)) ?? { from, to };
      parts.set(Number(number), {
        from: Math.min(known.from, from),
        to: Math.max(known.to, to),
      });
    }
  const numbers = [...parts.keys()].sort((a, b) => a - b);
  const first = item ?? numbers.filter((n) => !parts.has(n - 1)).at(-1);
  const chosen = numbers.filter((n) => first !== undefined && n >= first && n < first + items);
  if (chosen.length === 0) return undefined;
  const spans = chosen.map((n) => parts.get(n) as { from: number; to: number });
  const from = Math.min(...spans.map((span) => span.from));
  return { from, to: Math.max(...spans.map((span) => span.to)), items: chosen };
}
