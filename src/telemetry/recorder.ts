import { windowAt } from '../memory/memory.js';
import { type Address, native } from '../memory/native.js';

/** What an lcore writes down of a run that is traced (`--trace`), each with what its numbers are. */
export const Note = {
  /** A receive call that brought `a` packets. */
  RECEIVE: 1,
  /** A send call that took `a` packets … */
  SEND: 2,
  /** … and one call that did both: `a` received, `b` sent. */
  TURN: 3,
  /** Item number `a`, of `b` packets, is about to be handed on. */
  HAND: 4,
  /** Item number `a` was found DONE … */
  FOUND: 5,
  /** … and is about to be FREE. */
  FREE: 6,
  /** No item was FREE: nothing could be received. */
  FULL: 7,
  /** A kernel of `a` blocks, or a graph, launched. */
  LAUNCH: 8,
  GRAPH: 9,
  /** Waited for a stream. */
  SYNCHRONIZE: 10,
  /** A copy of `a` bytes to the device posted, or back; `b`: its pair of events, -1: none. */
  COPY_IN: 11,
  COPY_OUT: 12,
  /** Work of an lcore on the packets it received. */
  WORK: 13,
} as const;
export type Note = (typeof Note)[keyof typeof Note];

/** One of them; times are those of the time-stamp counter. A moment has `from` = `to`. */
export interface Noted {
  readonly note: Note;
  readonly a: number;
  readonly b: number;
  readonly from: number;
  readonly to: number;
}

/**
 * Which items of a path are recorded: the first `items` of it, as many from number `next` on, then
 * from twice that on, and so on, `windows` times in all. So the trace of a run of any length shows
 * its beginning and its later stages, has a limited size, and most items pass unrecorded.
 */
export interface WindowPlan {
  readonly items: number;
  readonly next: number;
  readonly windows: number;
}

/** The number of the first item of a window. */
export function windowStart({ next }: WindowPlan, window: number): number {
  return window === 0 ? 0 : next * 2 ** (window - 1);
}

/** Walks through a plan, item by item. Every end of a path does, and none needs to ask another. */
export class Windows {
  /** The window that is open, or comes next. */
  index = 0;
  private start = 0;
  private end: number;

  constructor(private readonly plan: WindowPlan) {
    this.end = plan.items;
  }

  /** Whether item `n` is recorded. Numbers are asked for in order, without a gap. */
  has(n: number): boolean {
    if (n === this.end) this.move();
    return n >= this.start;
  }

  /** From which item on the answer is another one than for `n`, which was asked for last. */
  changesAt(n: number): number {
    return n >= this.start ? this.end : this.start;
  }

  /** The place of item `n` among all that are recorded; it is one of them. */
  place(n: number): number {
    return this.index * this.plan.items + n - this.start;
  }

  private move(): void {
    const { plan } = this;
    this.index++;
    this.start = this.index < plan.windows ? windowStart(plan, this.index) : Infinity;
    this.end = this.start + plan.items;
  }
}

/*
 * Memory of a recorder: a part for each window, doubles:
 *
 *   notes │ notes there was no room for │ opened tsc │ closed tsc, 0: not closed │ –
 *   {note, a, b, from, to}[room]
 */
const FIELDS = 5;
const [WRITTEN, LOST, OPENED, CLOSED] = [0, 1, 2, 3];

/** Where a recorder writes; plain data. */
export interface RecorderShare {
  /** The memory that `address` lies in. */
  readonly memory: { readonly address: Address; readonly bytes: number };
  readonly address: Address;
  readonly windows: number;
  /** Notes of a window at most. */
  readonly room: number;
}

export function recorderBytes(windows: number, room: number): number {
  return windows * partBytes(room);
}

function partBytes(room: number): number {
  return 8 * FIELDS * (room + 1);
}

/** What one window of a recorder holds. */
export interface Recorded {
  readonly notes: Noted[];
  readonly lost: number;
  /** When recording began and, unless the run ended before, when it ended. */
  readonly opened: number;
  readonly closed: number;
}

const recorders = new Map<Address, Recorder>();

/** What one lcore writes down, in shared memory. It is to be asked `on` before anything is noted. */
export class Recorder {
  /** Whether a window is open … */
  on = false;
  /** … and which one is, or was last. */
  window = 0;
  private readonly f64: Float64Array;
  /** Of the window that is open: its start, the next note's place, and the end. */
  private base = 0;
  private at = 0;
  private end = 0;

  private constructor(private readonly share: RecorderShare) {
    this.f64 = doublesOf(share);
  }

  /** This thread's recorder at an address. */
  static at(share: RecorderShare): Recorder {
    const known = recorders.get(share.address);
    if (known !== undefined) return known;
    const made = new Recorder(share);
    recorders.set(share.address, made);
    return made;
  }

  /** Opens a window, or closes the one that is open. */
  turn(on: boolean, window: number): void {
    if (on === this.on) return;
    this.on = on;
    if (!on) {
      this.f64[this.base + CLOSED] = native.tsc();
      return;
    }
    this.window = window;
    const { room } = this.share;
    this.base = (window * partBytes(room)) / 8;
    this.at = this.base + FIELDS;
    this.end = this.at + FIELDS * room;
    this.f64[this.base + OPENED] = native.tsc();
  }

  note(note: Note, a: number, b: number, from: number, to: number): void {
    const { f64, at } = this;
    if (at === this.end) {
      f64[this.base + LOST]++;
      return;
    }
    f64[at] = note;
    f64[at + 1] = a;
    f64[at + 2] = b;
    f64[at + 3] = from;
    f64[at + 4] = to;
    this.at = at + FIELDS;
    f64[this.base + WRITTEN]++;
  }

  /** What a window holds; undefined for one that was never opened. Its lcore has ended. */
  static read(share: RecorderShare, window: number): Recorded | undefined {
    const f64 = doublesOf(share);
    const base = (window * partBytes(share.room)) / 8;
    if (f64[base + OPENED] === 0) return undefined;
    const notes: Noted[] = [];
    const end = base + FIELDS * (1 + f64[base + WRITTEN]);
    for (let at = base + FIELDS; at < end; at += FIELDS) {
      const [note, a, b, from, to] = f64.subarray(at, at + FIELDS);
      notes.push({ note: note as Note, a, b, from, to });
    }
    const closed = f64[base + CLOSED] || Infinity;
    return { notes, lost: f64[base + LOST], opened: f64[base + OPENED], closed };
  }
}

function doublesOf({ memory, address, windows, room }: RecorderShare): Float64Array {
  const { buffer } = windowAt(memory.address, memory.bytes);
  return new Float64Array(buffer, address - memory.address, recorderBytes(windows, room) / 8);
}
