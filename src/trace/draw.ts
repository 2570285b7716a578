import { Note, type Noted } from '../telemetry/recorder.js';
import {
  commonSpan,
  type ItemTrace,
  itemsOf,
  type KernelTime,
  type Span,
  type WholeItem,
  type WindowTrace,
  wholeItems,
} from './items.js';
import { COPIES, LIST } from './sketch.js';
import type { Slice, Timeline, Track } from './timeline.js';

/** A path as it was traced. */
export interface PathTrace {
  readonly index: number;
  /** Names of the tracks of its lcores: one name where one lcore is both ends. */
  readonly rxName: string;
  readonly txName: string;
  readonly listItems: number;
  readonly windows: readonly WindowTrace[];
  /** Whether a device works on items; they are handed on as DONE otherwise. */
  readonly onDevice: boolean;
  /** The track of a kernel's work on an item, and what it is called while it waits for it. */
  lane(number: number, kernel: KernelTime): string;
  readonly waits: string;
}

/** Items of a window that have a track: a person looks at a few of them. */
const ITEM_TRACKS = 64;

/** Makes a timeline of what was recorded. */
export function drawTimeline(
  name: string,
  about: Timeline['about'],
  paths: readonly PathTrace[],
  nsPerCycle: number,
): Timeline {
  const origin = Math.min(
    ...paths.flatMap(({ windows }) => windows.flatMap(({ rx, tx }) => [rx, tx ?? rx])).map(opened),
  );
  const ns = (tsc: number) => Math.max(0, Math.round((tsc - origin) * nsPerCycle));
  const canvas = new Canvas(ns);
  for (const path of paths) drawPath(canvas, path, paths.length > 1 ? ` ${path.index}` : '');
  return { name, about, tracks: canvas.tracks };
}

function opened({ opened: tsc }: { opened: number }): number {
  return tsc;
}

/** Tracks by name, in the order in which they are first named. */
class Canvas {
  private readonly known = new Map<string, Track & { slices: Slice[] }>();

  constructor(private readonly ns: (tsc: number) => number) {}

  track(name: string, group?: string): Slice[] {
    const key = `${group ?? ''}\n${name}`;
    const known = this.known.get(key);
    if (known !== undefined) return known.slices;
    const made = { name, ...(group !== undefined && { group }), slices: [] };
    this.known.set(key, made);
    return made.slices;
  }

  add(on: Slice[], name: string, { from, to }: Span, more: Partial<Slice> = {}): void {
    on.push({ name, from: this.ns(from), to: this.ns(to), ...more });
  }

  get tracks(): Track[] {
    return [...this.known.values()];
  }
}

/** Tracks stand in the order of a method's drawing: RX lcore, list, GPU, copies, TX lcore. */
function drawPath(canvas: Canvas, path: PathTrace, suffix: string): void {
  canvas.track(path.rxName);
  const scenes = path.windows.map((window) => sceneOf(path, window));
  const list = `${LIST}${suffix}`;
  const places = scenes.flatMap(({ shown }) => shown.map(({ number }) => number % path.listItems));
  for (const place of [...new Set(places)].sort(byNumber)) canvas.track(`item ${place}`, list);
  const group = `GPU${suffix}`;
  const lanes = scenes.flatMap(({ kernels }) => kernels.map(([n, time]) => path.lane(n, time)));
  for (const lane of [...new Set(lanes)].sort(naturally)) canvas.track(lane, group);
  for (const scene of scenes) {
    drawLcore(canvas, path.rxName, scene, scene.window.rx.notes);
    for (const item of scene.shown) drawItem(canvas, path, item, list);
    for (const [n, time] of scene.kernels) drawKernel(canvas, path, group, n, time, scene);
    for (const copy of scene.window.copies) {
      const track = canvas.track(copy.back ? 'copy back' : 'copy to device', `${COPIES}${suffix}`);
      if (within(copy, scene.span))
        canvas.add(track, 'copy', copy, { args: { bytes: copy.bytes } });
    }
    if (scene.window.tx !== undefined) drawLcore(canvas, path.txName, scene, scene.window.tx.notes);
  }
}

/** A window, and what of it is drawn. */
interface Scene {
  readonly window: WindowTrace;
  readonly span: Span;
  readonly items: ReadonlyMap<number, ItemTrace>;
  /** Whole items that have a track. */
  readonly shown: WholeItem[];
  readonly kernels: [number: number, time: KernelTime][];
  flow(number: number): number;
}

function sceneOf({ index }: PathTrace, window: WindowTrace): Scene {
  const span = commonSpan(window);
  const items = itemsOf(window);
  const shown = wholeItems(items.values())
    .filter(({ receives, freed }) => receives[0].from >= span.from && freed <= span.to)
    .slice(0, ITEM_TRACKS);
  const kernels = [...window.kernels].filter(([, { start, end }]) =>
    within({ from: start, to: end }, span),
  );
  const flow = (number: number) => index * 2 ** 40 + number + 1;
  return { window, span, items, shown, kernels, flow };
}

function within({ from, to }: Span, span: Span): boolean {
  return to >= span.from && from <= span.to;
}

const names: Partial<Record<Note, string>> = {
  [Note.FULL]: 'no item FREE',
  [Note.LAUNCH]: 'launch',
  [Note.GRAPH]: 'launch graph',
  [Note.SYNCHRONIZE]: 'waits',
  [Note.COPY_IN]: 'post copy',
  [Note.COPY_OUT]: 'post copy back',
  [Note.WORK]: 'work',
};

function drawLcore(canvas: Canvas, track: string, scene: Scene, notes: readonly Noted[]): void {
  const on = canvas.track(track);
  const ofItem = new Map<Noted, ItemTrace>();
  for (const item of scene.items.values())
    for (const noted of [...item.receives, ...item.sends]) ofItem.set(noted, item);
  for (const noted of notes) {
    if (!within(noted, scene.span)) continue;
    const { note, a, b } = noted;
    const item = ofItem.get(noted);
    const number = item === undefined ? '' : ` ${item.number}`;
    const joined = item?.kernel !== undefined || scene.shown.includes(item as WholeItem);
    const flow = item !== undefined && joined ? { flow: scene.flow(item.number) } : {};
    if (note === Note.RECEIVE)
      canvas.add(on, `receive${number}`, noted, { args: { packets: a }, ...flow });
    else if (note === Note.SEND)
      canvas.add(on, `send${number}`, noted, { args: { packets: a }, ...flow });
    else if (note === Note.TURN) {
      const name = [b > 0 ? 'send' : '', a > 0 ? 'receive' : ''].filter(Boolean).join('│');
      canvas.add(on, name, noted, { args: { received: a, sent: b } });
    } else if (note === Note.HAND) canvas.add(on, `hand on ${a}`, noted, { args: { packets: b } });
    else if (note === Note.FOUND) canvas.add(on, `DONE ${a}`, noted);
    else if (note === Note.FREE) canvas.add(on, `FREE ${a}`, noted);
    else canvas.add(on, names[note] ?? `note ${note}`, noted, { args: { value: a } });
  }
}

/** An item's track shows its status; what is done to it meanwhile lies under that. */
function drawItem(canvas: Canvas, path: PathTrace, item: WholeItem, list: string): void {
  const { number, packets, receives, handed, kernel, found, sends, freed } = item;
  const on = canvas.track(`item ${number % path.listItems}`, list);
  const args = { item: number, packets };
  const done = kernel?.end ?? (path.onDevice ? found : handed);
  canvas.add(on, `FREE: filled ${number}`, { from: receives[0].from, to: handed }, { args });
  if (done > handed) canvas.add(on, `READY ${number}`, { from: handed, to: done }, { args });
  canvas.add(on, `DONE ${number}`, { from: done, to: freed }, { args });
  if (kernel !== undefined)
    canvas.add(on, `kernel ${number}`, { from: kernel.start, to: kernel.end });
  for (const send of sends) canvas.add(on, `send ${number}`, send);
}

function drawKernel(
  canvas: Canvas,
  path: PathTrace,
  group: string,
  number: number,
  kernel: KernelTime,
  { flow, span, items }: Scene,
): void {
  const on = canvas.track(path.lane(number, kernel), group);
  const { began, start, end, block, processor } = kernel;
  const from = Math.max(began, span.from);
  if (from < start) canvas.add(on, `${path.waits} ${number}`, { from, to: start });
  const packets = items.get(number)?.packets ?? 0;
  const args = { packets, block, processor };
  canvas.add(on, `kernel ${number}`, { from: start, to: end }, { args, flow: flow(number) });
}

function byNumber(a: number, b: number): number {
  return a - b;
}

function naturally(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
