import { basename } from 'node:path';
import { lanes } from '../chart/lanes.js';
import { type Excerpt, excerptOf } from '../excerpt.js';
import { commitPhrase } from '../places.js';
import type { Trace } from '../trace-file.js';
import { duration, phrases, plural } from '../words.js';
import type { Figure } from './figure.js';

/** What each player did when, in a window of a trace. */
export function timeline(trace: Trace, place: number): Figure {
  const excerpt = excerptOf(trace.tracks);
  const span = duration((excerpt.to - excerpt.from) * 1000);
  const all = trace.tracks.reduce((sum, { slices }) => sum + slices.length, 0);
  const busy = excerpt.lanes.map(
    ({ name, slices }) => `${name}: ${plural(slices.length, 'slice')}.`,
  );
  const { method, ...where } = trace.about;
  const origin = recorded(where);
  const name = method ?? basename(trace.file).replace(/\.\w+$/, '');
  return {
    id: place === 0 ? 'timeline' : `timeline-${place + 1}`,
    title: `Timeline: ${name}`,
    setting: [`${span} of a run`, ...settings(where)].join(', '),
    description: `What was done when, a track below the other. ${busy.join(' ')}`,
    draw: lanes(excerpt),
    origin,
    caption: [
      `${span} out of a trace of ${plural(all, 'slice')}: ${shows(excerpt)}. The whole trace opens ` +
        'in ui.perfetto.dev.',
      ...(origin === undefined ? [] : [origin]),
    ],
    rows: [],
  };
}

/** Which warpline recorded it, where the trace says so. */
function recorded({ commit, date }: Trace['about']): string | undefined {
  if (commit === undefined) return undefined;
  return `warpline, ${commitPhrase([{ commit: String(commit), date: String(date) }])}.`;
}

/** What a reader wants to know of the run; the rest stands in the trace. */
function settings({ memory, burst, pipelines, lcores, device }: Trace['about']): string[] {
  const said = phrases({ memory, burst, pipelines, lcores }, [
    'memory',
    'burst',
    'pipelines',
    'lcores',
  ]);
  return [...(device === undefined ? [] : [String(device)]), ...(said === '' ? [] : [said])];
}

function shows({ items }: Excerpt): string {
  if (items.length === 0) return 'a stretch of middling length by what happens in it';
  const [first, last] = [items[0], items[items.length - 1]].map((n) => n.toLocaleString('en-US'));
  return `the way of items ${first} to ${last}, neither the quickest nor the slowest; others are faint`;
}
