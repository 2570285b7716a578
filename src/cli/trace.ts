import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { integer, type OptionDeclaration } from '../apps/option.js';
import { fail } from '../errors.js';
import { decodeTrace } from '../trace/read.js';
import { sketch, spanOfItems } from '../trace/sketch.js';
import type { Timeline } from '../trace/timeline.js';
import { addExamples, addOptions, givenOptions, makeCommand } from './command.js';
import { measure } from './figures.js';
import type { Shell } from './shell.js';
import { reasonOf } from './system-error.js';
import { formatPairs } from './table.js';

const defaults = { items: 4 };
/** Of a drawing where nobody says how wide it may be, and of the names at its left. */
const [COLUMNS, NAMES] = [130, 20];

const options: readonly OptionDeclaration[] = [
  {
    name: 'item',
    metavar: 'N',
    help: 'the first item to draw',
    type: integer(0),
    default: 'the first of the last window',
  },
  {
    name: 'items',
    metavar: 'N',
    help: 'how many items in a row',
    type: integer(1, 4096),
    default: defaults.items,
  },
];

/** `warpline trace FILE`: a few items of a trace as text, for a machine without a browser. */
export function traceCommand(shell: Shell): Command {
  const command = makeCommand('trace', 'draw a few items of a trace as text', shell);
  command.argument('<file>', 'what l2fwd --trace wrote');
  addOptions(command, options);
  addExamples(command, [
    [
      'a trace, and four of its items',
      'warpline l2fwd --port net_null0,size=64 --duration 1 --trace t.pftrace && warpline trace t.pftrace',
    ],
    ['eight items from the 100th on', 'warpline trace t.pftrace --item 100 --items 8'],
  ]);
  return command.action((file: string) => {
    const given = givenOptions(command, options) as Partial<typeof defaults> & { item?: number };
    const { items, item } = { ...defaults, ...given };
    const timeline = readTimeline(file);
    const span = spanOfItems(timeline, items, item) ?? wholeSpan(timeline);
    const columns = Math.max(40, (shell.columns ?? COLUMNS) - NAMES);
    const about = Object.entries(timeline.about).map(
      ([name, value]) => [name, `${value}`] as const,
    );
    const shown = `${measure(span.from / 1000)} to ${measure(span.to / 1000)} µs`;
    shell.out(`${timeline.name}\n${formatPairs([...about, ['drawn', shown]])}\n`);
    shell.out(sketch(timeline, { ...span, columns }));
  });
}

/** Where there are no items: some of the last bursts. */
function wholeSpan({ tracks }: Timeline): { from: number; to: number; items: number[] } {
  const slices = tracks.flatMap((track) => track.slices).sort((a, b) => a.from - b.from);
  const few = slices.slice(-16, -8);
  return { from: few.at(0)?.from ?? 0, to: few.at(-1)?.to ?? 1, items: [] };
}

function readTimeline(file: string): Timeline {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    return fail('TRACE_INPUT', { file, reason: reasonOf(cause) });
  }
  try {
    return decodeTrace(bytes);
  } catch (cause) {
    return fail('TRACE_INPUT', { file, reason: (cause as Error).message });
  }
}
