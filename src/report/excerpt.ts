import type { Slice, Track } from './trace-file.js';

/** Slices of one track that do not overlap but nest; a track has as many lanes as it needs. */
export interface Lane {
  name: string;
  /** Of how many lanes of its track this is which. */
  part: number;
  slices: LaneSlice[];
}

export interface LaneSlice extends Slice {
  /** It lies in the one before it that does not. */
  nested: boolean;
}

export interface Excerpt {
  from: number;
  to: number;
  lanes: Lane[];
  /** Lanes there was no room for. */
  left: number;
  /** The items that are followed, by their numbers in the names of slices; none: all are alike. */
  items: number[];
}

/** Items that are followed through the pipeline. */
const ITEMS = 5;
/** Slices that a picture can hold where nothing is followed. */
const SLICES = 90;
const WINDOWS = 21;
const LANES = 26;
/** Slices that overlap by less than this part of the picture do not: nobody could see it. */
const UNSEEN = 400;
/** Tracks of one family, as blocks of a GPU or items of a list, that are all of interest. */
const FEW = 4;

/**
 * What a picture can show of a trace: the way of a few items from the first slice that bears their
 * number to the last, or where slices have no numbers a stretch with some slices in it. Of several
 * the one of middling length is taken, neither the quickest nor the slowest.
 */
export function excerptOf(tracks: readonly Track[]): Excerpt {
  const slices = tracks.flatMap((track) => track.slices).toSorted((a, b) => a.from - b.from);
  if (slices.length === 0) return { from: 0, to: 1, lanes: [], left: 0, items: [] };
  const { items, ...way } = wayOf(tracks) ?? { items: [], ...windowOf(slices) };
  const { from, to } = way;
  const families = new Map<string, number>();
  for (const { name } of tracks)
    families.set(familyOf(name), 1 + (families.get(familyOf(name)) ?? 0));
  const wanted = ({ name, slices }: Track) =>
    items.length === 0 ||
    (families.get(familyOf(name)) ?? 0) <= FEW ||
    slices.some((slice) => items.includes(numberOf(slice) ?? -1));
  const lanes = tracks.filter(wanted).flatMap(({ name, slices }) => {
    const inside = slices.filter((slice) => slice.to >= from && slice.from <= to);
    return lanesOf(inside, (to - from) / UNSEEN).map((slices, part) => ({ name, part, slices }));
  });
  const left = Math.max(0, lanes.length - LANES);
  return { from, to, lanes: lanes.slice(0, LANES), left, items };
}

/** The number at the end of a slice's name: `READY 17` is of item 17. */
export function numberOf({ name }: Slice): number | undefined {
  const [, digits] = /(?:^|\D)(\d+)$/.exec(name) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

function familyOf(name: string): string {
  return name.replace(/\d+/g, '');
}

interface Way {
  from: number;
  to: number;
  items: number[];
}

/** From the first to the last slice of some items in a row; undefined where slices are not numbered. */
function wayOf(tracks: readonly Track[]): Way | undefined {
  const lives = new Map<number, { from: number; to: number; tracks: number }>();
  for (const { slices } of tracks) {
    const here = new Set<number>();
    for (const slice of slices) {
      const item = numberOf(slice);
      if (item === undefined) continue;
      const life = lives.get(item) ?? { from: slice.from, to: slice.to, tracks: 0 };
      const tracks = life.tracks + (here.has(item) ? 0 : 1);
      here.add(item);
      const [from, to] = [Math.min(life.from, slice.from), Math.max(life.to, slice.to)];
      lives.set(item, { from, to, tracks });
    }
  }
  // Only whole lives: at the ends of what was recorded some are cut off.
  const most = [...lives.values()].reduce((most, { tracks }) => Math.max(most, tracks), 0);
  const whole = [...lives].filter(([, life]) => life.tracks === most && most > 1);
  const ways = whole.flatMap(([first]) => {
    const items = Array.from({ length: ITEMS }, (_, i) => first + i);
    const own = items.flatMap((item) => lives.get(item) ?? []);
    if (own.length < ITEMS || own.some(({ tracks }) => tracks < most)) return [];
    const from = Math.min(...own.map((life) => life.from));
    return { from, to: Math.max(...own.map((life) => life.to)), items };
  });
  return middling(ways);
}

function windowOf(slices: readonly Slice[]): { from: number; to: number } {
  const end = Math.max(...slices.slice(-SLICES).map(({ to }) => to));
  const whole = { from: slices[0].from, to: end };
  if (slices.length <= SLICES) return whole;
  const windows = Array.from({ length: WINDOWS }, (_, i) => {
    const first = Math.round(((slices.length - SLICES - 1) * i) / (WINDOWS - 1));
    return { from: slices[first].from, to: slices[first + SLICES].from };
  });
  return middling(windows) ?? whole;
}

function middling<T extends { from: number; to: number }>(stretches: readonly T[]): T | undefined {
  const byLength = stretches.toSorted((a, b) => a.to - a.from - (b.to - b.from));
  return byLength[byLength.length >> 1];
}

/** Slices in the first lane that is free by then, or where one goes on that they lie in. */
function lanesOf(slices: readonly Slice[], unseen: number): LaneSlice[][] {
  const lanes: { slices: LaneSlice[]; outer: Slice; inner: number }[] = [];
  for (const slice of slices.toSorted((a, b) => a.from - b.from || b.to - a.to)) {
    const lane = lanes.find(
      ({ outer, inner }) =>
        outer.to <= slice.from + unseen ||
        (slice.to <= outer.to + unseen && inner <= slice.from + unseen),
    );
    const nested = lane !== undefined && lane.outer.to > slice.from + unseen;
    if (lane === undefined) {
      lanes.push({ slices: [{ ...slice, nested }], outer: slice, inner: slice.from });
      continue;
    }
    lane.slices.push({ ...slice, nested });
    if (nested) lane.inner = slice.to;
    else Object.assign(lane, { outer: slice, inner: slice.from });
  }
  return lanes.map(({ slices }) => slices);
}
