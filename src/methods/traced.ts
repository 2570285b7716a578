import type { Turn } from '../dpdk/turn.js';
import { STATUS_STRIDE } from '../gpudev/comm-list.js';
import type { EventId, Gpu, StreamId } from '../gpudev/driver.js';
import { SAMPLE_SHIFT } from '../kernels/sample.js';
import { native } from '../memory/native.js';
import {
  Note,
  Recorder,
  type RecorderShare,
  type WindowPlan,
  Windows,
} from '../telemetry/recorder.js';
import type { Intake } from './intake.js';
import { Outlet } from './outlet.js';
import type { Path, PathShare } from './path.js';
import type { Verifier } from './verifier.js';

/*
 * The ends of a path in a run that is traced: they write down what they do with the items of a few
 * windows (src/telemetry/recorder.ts). An lcore puts this in place when it starts, so that a run without
 * --trace passes no test for it.
 */

/** How a path is traced; plain data. */
export interface TraceShare {
  readonly plan: WindowPlan;
  readonly rx: RecorderShare;
  readonly tx: RecorderShare;
  /** Run to completion: bursts are counted, not items, and one turn receives and sends. */
  readonly turns: boolean;
  /** With `staged` memory: pairs of events around copies, those of each window in turn. */
  readonly rxEvents: readonly EventId[];
  readonly txEvents: readonly EventId[];
}

/** Has the turns of a path recorded that run to completion, or what the ends of another one do. */
export function traceEnds(path: Path, trace: TraceShare): void {
  if (trace.turns) {
    traceTurns(path, trace);
    return;
  }
  // Where one turn does both, both stand before it.
  traceSend(path.txTurn, Recorder.at(trace.tx));
  traceReceive(path.rxTurn, Recorder.at(trace.rx));
}

/**
 * An end's windows. All that an item costs that is not recorded is one comparison each time that it is
 * asked for: its number is below `from`.
 */
class Watch {
  /** The first item that is to be looked at: any while a window is open, else the last before the next one. */
  from = Number.POSITIVE_INFINITY;
  readonly recorder: Recorder;
  /** At which item the next window opens, or this one is over. */
  private next = Number.POSITIVE_INFINITY;
  private readonly windows: Windows;

  constructor(plan: WindowPlan, share: RecorderShare) {
    this.windows = new Windows(plan);
    this.recorder = Recorder.at(share);
    this.turn(0);
  }

  /** Item `n` has gone by, none before it was left out: opens or closes a window, and tells whether it did. */
  pass(n: number): boolean {
    if (n + 1 !== this.next) return false;
    this.turn(n + 1);
    return true;
  }

  /** Number of an item's sample, from 1 on. */
  sample(n: number): number {
    return this.windows.place(n) + 1;
  }

  private turn(n: number): void {
    const { windows } = this;
    const on = windows.has(n);
    this.recorder.turn(on, windows.index);
    this.next = windows.changesAt(n);
    this.from = on ? 0 : this.next - 1;
  }
}

/*
 * What stands before a turn's call is put there once, and each has a function of its own: V8 compiles a
 * call well that has always gone to the same one, above all if it leads out of JavaScript.
 */

function traceReceive(turn: Turn, recorder: Recorder): void {
  const { run } = turn;
  turn.run = () => {
    if (!recorder.on) return run();
    const from = native.tsc();
    run();
    if (turn.received !== 0) recorder.note(Note.RECEIVE, turn.received, 0, from, turn.tsc);
  };
}

function traceSend(turn: Turn, recorder: Recorder): void {
  const { run } = turn;
  turn.run = () => {
    if (!recorder.on) return run();
    const from = native.tsc();
    run();
    if (turn.sent !== 0) recorder.note(Note.SEND, turn.sent, 0, from, turn.tsc);
  };
}

// biome-ignore lint/suspicious/noExplicitAny: what TypeScript wants of a class that any other may extend
type IntakeClass = new (...args: any[]) => Intake;

/** An intake of any class that is traced. */
export function tracedIntake<Base extends IntakeClass>(Base: Base, trace: TraceShare): Base {
  return class TracedIntake extends Base {
    readonly watch = new Watch(trace.plan, trace.rx);
    /** Since when no item has been FREE; 0: one is. */
    full = 0;

    /** Nobody wants that in a trace. */
    override rehearse(): void {
      super.rehearse();
      this.full = 0;
    }

    override announced(): number {
      return this.handed < this.watch.from ? this.count : this.announce();
    }

    override take(): boolean {
      const free = super.take();
      if (!free || this.full !== 0) this.lack(!free);
      return free;
    }

    /** A kernel that is traced too is told beside the packets' count which sample the item is. */
    announce(): number {
      const { watch, path, handed, item, count } = this;
      let told = count;
      const { recorder } = watch;
      if (recorder.on) {
        const now = native.tsc();
        recorder.note(Note.HAND, handed, count, now, now);
        if (path.list.share.samples !== undefined) {
          told += watch.sample(handed) * 2 ** SAMPLE_SHIFT;
          path.list.status[item * STATUS_STRIDE + 1] = told;
        }
      }
      if (watch.pass(handed)) this.full = 0;
      return told;
    }

    lack(full: boolean): void {
      const { recorder } = this.watch;
      if (!recorder.on) return;
      const now = native.tsc();
      if (full) this.full ||= now;
      else {
        recorder.note(Note.FULL, 0, 0, this.full, now);
        this.full = 0;
      }
    }
  };
}

/** The TX end. */
export class TracedOutlet extends Outlet {
  private readonly watch: Watch;
  /** The last item that was found DONE. */
  private found = -1;

  constructor(path: Path, verifier: Verifier | undefined, trace: TraceShare) {
    super(path, verifier);
    this.watch = new Watch(trace.plan, trace.tx);
  }

  protected override offer(count: number): void {
    if (this.freed >= this.watch.from && this.found !== this.freed) {
      this.found = this.freed;
      this.note(Note.FOUND, count);
    }
    super.offer(count);
  }

  protected override free(): void {
    const { freed, watch } = this;
    if (freed < watch.from) super.free();
    else {
      this.note(Note.FREE, 0);
      super.free();
      watch.pass(freed);
    }
  }

  private note(note: Note, packets: number): void {
    const { recorder } = this.watch;
    if (!recorder.on) return;
    const now = native.tsc();
    recorder.note(note, this.freed, packets, now, now);
  }
}

/** Of the lcore: where it notes the work on what it received last, and since when that lasts. */
let working: Recorder | undefined;
let workingSince = 0;

/** The same where an lcore runs to completion: between a turn and the next one it works. */
function traceTurns({ rxTurn: turn }: Path, trace: TraceShare): void {
  const windows = new Windows(trace.plan);
  const recorder = Recorder.at(trace.rx);
  const call = turn.run;
  let bursts = 0;
  recorder.turn(windows.has(0), 0);
  turn.run = () => {
    if (working === undefined && !recorder.on) {
      call();
      if (turn.received === 0) return;
    } else {
      const from = native.tsc();
      working?.note(Note.WORK, 0, 0, workingSince, from);
      working = undefined;
      call();
      const { received, sent, tsc } = turn;
      if (recorder.on && received + sent !== 0) recorder.note(Note.TURN, received, sent, from, tsc);
      if (received === 0) return;
      if (recorder.on) working = recorder;
      workingSince = tsc;
    }
    recorder.turn(windows.has(++bursts), windows.index);
  };
}

/** Has this thread's calls to a GPU noted: those of the data plane that do something. */
export function traceGpu(gpu: Gpu, role: string, { trace, staging }: PathShare): void {
  if (trace === undefined) return;
  const rx = role !== 'tx';
  const recorder = Recorder.at(rx ? trace.rx : trace.tx);
  const timed = (note: Note, a: number, call: () => void) => {
    const from = native.tsc();
    call();
    recorder.note(note, a, 0, from, native.tsc());
  };
  const launch = gpu.launch.bind(gpu);
  gpu.launch = (stream, kernel, blocks, args) => {
    if (!recorder.on) launch(stream, kernel, blocks, args);
    else timed(Note.LAUNCH, blocks, () => launch(stream, kernel, blocks, args));
  };
  const launchGraph = gpu.launchGraph.bind(gpu);
  gpu.launchGraph = (stream, graph) => {
    if (!recorder.on) launchGraph(stream, graph);
    else timed(Note.GRAPH, graph, () => launchGraph(stream, graph));
  };
  const synchronize = gpu.synchronize.bind(gpu);
  gpu.synchronize = (stream, limitMs) => {
    if (!recorder.on) synchronize(stream, limitMs);
    else timed(Note.SYNCHRONIZE, 0, () => synchronize(stream, limitMs));
  };
  const events = rx ? trace.rxEvents : trace.txEvents;
  const perWindow = Math.floor(events.length / 2 / trace.plan.windows);
  const copy = gpu.copy.bind(gpu);
  const copies = new TracedCopies(gpu, copy, recorder, events, perWindow, staging?.inbound);
  gpu.copy = (stream, to, from, bytes) => {
    if (!recorder.on) copy(stream, to, from, bytes);
    else copies.copy(stream, to, from, bytes);
  };
}

/** Copies between events, so many in each window: when the copy engine was at it. */
class TracedCopies {
  private window = -1;
  private used = 0;

  constructor(
    private readonly gpu: Gpu,
    private readonly plain: Gpu['copy'],
    private readonly recorder: Recorder,
    private readonly events: readonly EventId[],
    private readonly perWindow: number,
    /** The stream of copies to the device; on others they come back. */
    private readonly inbound: StreamId | undefined,
  ) {}

  copy(stream: StreamId, to: number, from: number, bytes: number): void {
    const { gpu, recorder } = this;
    const start = native.tsc();
    const pair = this.pair();
    if (pair >= 0) gpu.recordEvent(stream, this.events[2 * pair]);
    this.plain(stream, to, from, bytes);
    if (pair >= 0) gpu.recordEvent(stream, this.events[2 * pair + 1]);
    const note = stream === this.inbound ? Note.COPY_IN : Note.COPY_OUT;
    recorder.note(note, bytes, pair, start, native.tsc());
  }

  /** The next pair of events; -1 when those of the window are used up. */
  private pair(): number {
    const { recorder, perWindow } = this;
    if (this.window !== recorder.window) this.used = 0;
    this.window = recorder.window;
    return this.used === perWindow ? -1 : this.window * perWindow + this.used++;
  }
}
