/**
 * The board: everything the threads of one software GPU share, in 32-bit words. Whoever holds it
 * can submit work: no message, no promise. Each noun's file draws its own part of it.
 *
 *   header │ processors │ kernels │ events │ spans │ mapped │ fault │ streams │ launches │ graphs
 *          │ graph pool │ rings
 *
 * It is a SharedArrayBuffer and not HostMemory for two reasons: Atomics.wait, with which an idle
 * device sleeps, works on nothing else; and it lives as long as any thread holds it, so that a
 * thread which submits after `close` reads "closed" here, never memory given back. Words nobody
 * touches cost no memory.
 */

/** 32-bit words of a cache line: words that different threads write lie in different lines. */
export const LINE = 16;

// How many of each there can be.
export const PROCESSORS_MAX = 31;
export const KERNELS_MAX = 1024;
export const EVENTS_MAX = 4096;
export const SPANS_MAX = 4096;
export const STREAMS_MAX = 128;
export const LAUNCHES_MAX = 1024;
export const GRAPHS_MAX = 1024;
export const RING_SLOTS = 1024;
export const POOL_WORDS = 4 << 20;

/*
 * header
 *   line 0  ATTENTION │ CLOSED │ FAULT │ STREAM_END │ SPAN_END │ PROCESSORS   seldom written
 *   line 1  ROLE      number + 1 of the multiprocessor that is the front end, 0 when none is
 *   line 2  ASLEEP    one bit per multiprocessor that sleeps
 */

/** Counts up when the multiprocessors must look beyond their work: fault, mail, spans, the end. */
export const ATTENTION = 0;
/** 0 open, 1 closed. */
export const CLOSED = 1;
/** 0 well, 1 a fault is being written, 2 lost. */
export const FAULT = 2;
/** One past the last stream ever used; the same of spans. */
export const STREAM_END = 3;
export const SPAN_END = 4;
/** How many multiprocessors there are. */
export const PROCESSORS = 5;
export const ROLE = LINE;
export const ASLEEP = 2 * LINE;

/*
 * processor, one line each:  BELL │ MAIL │ RESIDENT
 *   BELL counts wake-ups, MAIL the messages sent to it, RESIDENT its blocks
 */
const PROCESSOR_LINES = 3 * LINE;
export const BELL = 0;
export const MAIL = 1;
export const RESIDENT = 2;

export function processorLine(processor: number): number {
  return PROCESSOR_LINES + processor * LINE;
}

const WORDS_OF = {
  operation: 32,
  span: 8,
  stream: 2 * LINE,
  launch: 4 * LINE,
  graph: LINE,
  faultText: 1024,
} as const;

/** One word a kernel: 1 when every multiprocessor has it. */
export const KERNELS = PROCESSOR_LINES + PROCESSORS_MAX * LINE + LINE;
export const EVENTS = KERNELS + KERNELS_MAX;
export const SPANS = EVENTS + EVENTS_MAX * 4;
export const MAPPED = SPANS + SPANS_MAX * WORDS_OF.span;
export const FAULT_TEXT = MAPPED + PROCESSORS_MAX * SPANS_MAX;
export const STREAMS = FAULT_TEXT + WORDS_OF.faultText;
export const LAUNCHES = STREAMS + STREAMS_MAX * WORDS_OF.stream;
export const DISPATCH = LAUNCHES + LAUNCHES_MAX * WORDS_OF.launch;
export const GRAPHS = DISPATCH + 4 * LAUNCHES_MAX;
export const POOL = GRAPHS + GRAPHS_MAX * WORDS_OF.graph;
export const RINGS = POOL + POOL_WORDS;
const WORDS = RINGS + STREAMS_MAX * RING_SLOTS * WORDS_OF.operation;

/** A thread's views of the board. */
export class Board {
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  readonly text: Uint8Array;

  constructor(readonly shared: SharedArrayBuffer) {
    this.words = new Int32Array(shared);
    this.doubles = new Float64Array(shared);
    this.text = new Uint8Array(shared, FAULT_TEXT * 4, WORDS_OF.faultText * 4);
  }

  static create(): Board {
    return new Board(new SharedArrayBuffer(WORDS * 4));
  }

  /**
   * Makes every multiprocessor look up at its next round. Sleeping ones need the bell beside it.
   */
  callAttention(): void {
    Atomics.add(this.words, ATTENTION, 1);
  }
}
