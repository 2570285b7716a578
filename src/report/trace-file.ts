import { z } from 'zod';
import type { Timeline } from '../trace/timeline.js';

const id = z.union([z.string(), z.number()]);

/** An event of Chrome's trace format ("Trace Event Format"), which Perfetto reads; times in µs. */
const event = z.looseObject({
  ph: z.string(),
  name: z.string().optional(),
  cat: z.string().optional(),
  ts: z.number().optional(),
  dur: z.number().optional(),
  pid: id.optional(),
  tid: id.optional(),
  id: id.optional(),
  args: z.looseObject({}).optional(),
});

export const traceFile = z.looseObject({ traceEvents: z.array(event) });

export type TraceEvent = z.infer<typeof event>;

/** What somebody did from when to when, in µs. */
export interface Slice {
  name: string;
  from: number;
  to: number;
}

export interface Track {
  name: string;
  slices: Slice[];
}

/** A trace, by who did what. */
export interface Trace {
  file: string;
  tracks: Track[];
  /** What ran where, where the trace says so: `method persistent`, … */
  about: Readonly<Record<string, string | number>>;
}

/** What `l2fwd --trace` wrote, its times in nanoseconds. */
export function traceOf(file: string, { about, tracks }: Timeline): Trace {
  const us = ({ name, from, to }: Slice) => ({ name, from: from / 1000, to: to / 1000 });
  return {
    file,
    about,
    tracks: tracks
      .filter(({ slices }) => slices.length > 0)
      .map(({ name, group, slices }) => ({
        name: group === undefined ? name : `${group} ${name}`,
        slices: slices.map(us),
      })),
  };
}

/** What l2fwd noted of its run, in an event of that name; another program's may be anything. */
export function aboutOf(events: readonly TraceEvent[]): Trace['about'] {
  const { args = {} } = events.find(({ ph, name }) => ph === 'i' && name === 'about') ?? {};
  const plain = (value: unknown) => typeof value === 'string' || typeof value === 'number';
  const told = Object.entries(args).filter(([, value]) => plain(value));
  return Object.fromEntries(told) as Trace['about'];
}

/** Slices of the events, by process and thread, or by what is asynchronous of one category. */
export function tracksOf(events: readonly TraceEvent[]): Track[] {
  const found = new Map<string, Track & { order: number }>();
  const processes = new Map<string, string>();
  const open = new Map<string, { name: string; from: number }[]>();
  const track = (key: string, name: string) => {
    const known = found.get(key) ?? { name, slices: [], order: found.size + 1000 };
    found.set(key, known);
    return known;
  };
  for (const one of events.filter(({ ph }) => ph === 'M')) {
    const key = `${one.pid}/${one.tid}`;
    const value = one.args?.name ?? one.args?.sort_index;
    if (one.name === 'process_name') processes.set(String(one.pid), String(value));
    if (one.name === 'thread_name') track(key, String(value)).name = String(value);
    if (one.name === 'thread_sort_index') track(key, `thread ${one.tid}`).order = Number(value);
  }
  for (const one of events.filter(({ ts }) => ts !== undefined).toSorted(earlier)) {
    const { ph, name = '', ts = 0, dur = 0, pid, tid, cat = '' } = one;
    const async = ph === 'b' || ph === 'e';
    const key = async ? `${pid}/${cat}/async` : `${pid}/${tid}`;
    const called = async ? cat || (processes.get(String(pid)) ?? 'asynchronous') : `thread ${tid}`;
    const pending = `${key}/${async ? one.id : ''}`;
    if (ph === 'X') track(key, called).slices.push({ name, from: ts, to: ts + dur });
    if (ph === 'b' || ph === 'B') {
      open.set(pending, [...(open.get(pending) ?? []), { name, from: ts }]);
    }
    if (ph === 'e' || ph === 'E') {
      const begun = open.get(pending)?.pop();
      if (begun !== undefined) track(key, called).slices.push({ ...begun, to: ts });
    }
  }
  return [...found.values()]
    .filter(({ slices }) => slices.length > 0)
    .sort((a, b) => a.order - b.order)
    .map(({ name, slices }) => ({ name, slices }));
}

function earlier(a: TraceEvent, b: TraceEvent): number {
  return (a.ts ?? 0) - (b.ts ?? 0);
}
