import { inOrder, type Timeline } from './timeline.js';

/**
 * A timeline in Chrome's format ("Trace Event Format"): JSON, which scripts and `warpline report` read.
 * ui.perfetto.dev opens it too. Times are microseconds there.
 */
export function chromeTrace({ name, about, tracks }: Timeline, pid: number): string {
  const events: object[] = [
    { ph: 'M', pid, name: 'process_name', args: { name } },
    { ph: 'i', pid, tid: 1, ts: 0, s: 'p', name: 'about', args: about },
  ];
  for (const [i, track] of tracks.entries()) {
    const at = { pid, tid: i + 1 };
    const full = track.group === undefined ? track.name : `${track.group} ${track.name}`;
    events.push({ ph: 'M', ...at, name: 'thread_name', args: { name: full } });
    events.push({ ph: 'M', ...at, name: 'thread_sort_index', args: { sort_index: i + 1 } });
    for (const { name: what, from, to, args } of inOrder(track.slices)) {
      const event = { ...at, name: what, ts: from / 1000, ...(args && { args }) };
      if (from === to) events.push({ ph: 'i', s: 't', ...event });
      else events.push({ ph: 'X', ...event, dur: (to - from) / 1000 });
    }
  }
  return `{"traceEvents":[\n${events.map((event) => JSON.stringify(event)).join(',\n')}\n]}\n`;
}
