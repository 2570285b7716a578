import { Status } from '../../gpudev/comm-list.js';
import { PathWords } from '../../methods/path-words.js';
import type { Rig } from './rig.js';

/** Items of a path that are READY: what its kernel works on, or should. */
export interface InWork {
  /** The oldest one's place in the list … */
  readonly item: number;
  /** … and its number, counted since the start (it wraps at 2^32). */
  readonly number: number;
  /** How many there are. */
  readonly ready: number;
}

/** All of them; undefined where there is none. */
export function inWork(rig: Rig, path: number): InWork | undefined {
  const list = rig.lists[path];
  const { underWay, item: first } = wordsOf(rig, path);
  const oldest = oldestReady(rig, path);
  if (oldest === undefined) return undefined;
  let ready = 0;
  for (let n = 0; n < underWay; n++)
    if (list.statusOf((first + n) % list.items) === Status.READY) ready++;
  return { ...oldest, ready: Math.max(ready, 1) };
}

/** The oldest one alone: as a rule one status is read. */
export function oldestReady(rig: Rig, path: number): Omit<InWork, 'ready'> | undefined {
  const list = rig.lists[path];
  const words = wordsOf(rig, path);
  const { freed, item: first, underWay } = words;
  for (let n = 0; n < underWay; n++) {
    const item = (first + n) % list.items;
    if (list.statusOf(item) === Status.READY) return { item, number: (freed + n) >>> 0 };
  }
  return undefined;
}

export function wordsOf({ arena, shares }: Rig, path: number): PathWords {
  return new PathWords(arena.memory.window, shares[path].words);
}

/** "item 5 of path 0 and 12 more that are READY" */
export function describe({ item, ready }: InWork, path: number): string {
  const others = ready > 1 ? ` and ${ready - 1} more that are READY` : '';
  return `item ${item} of path ${path}${others}`;
}
