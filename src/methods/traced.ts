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

/** Has the RX end of a path recorded, whichever class it is of. */
export function traceIntake(path: Path, trace: TraceShare): void {
  if (trace.turns) traceTurns(path, trace);
  else new IntakeTracer(path, trace);
}

/** An end's windows: at which item the next one opens or closes. */
class Watch {
  next = 0;
  readonly recorder: Recorder;
  private readonly windows: Windows;

  constructor(plan: WindowPlan, share: RecorderShare) {
    this.windows = new Windows(plan);
    this.recorder = Recorder.at(share);
    this.pass(0);
  }

  /** Items up to `n` have gone by, and `n` is `next`. */
  pass(n: number): void {
    const { windows } = this;
    this.recorder.turn(windows.has(n), windows.index);
    this.next = windows.changesAt(n);
  }

  /** Number of an item's sample, from 1 on. */
  sample(n: number): number {
    return this.windows.place(n) + 1;
  }
}

/*
 * What stands before a call is put there once, and each has a function of its own: V8 compiles a call
 * well that has always gone to the same one, above all if it leads out of JavaScript.
 */

/** Stands before the calls of an intake. */
class IntakeTracer {
  private readonly watch: Watch;
  /** Since when no item has been FREE; 0: one is. */
  private full = 0;

  constructor(
    private readonly path: Path,
    trace: TraceShare,
  ) {
    const { intake, rxTurn: turn } = path;
    this.watch = new Watch(trace.plan, trace.rx);
    const { watch } = this;
    const { recorder } = watch;
    const run = turn.run;
    turn.run = () => {
      if (!recorder.on) return run();
      const from = native.tsc();
      run();
      if (turn.received !== 0) recorder.note(Note.RECEIVE, turn.received, 0, from, turn.tsc);
    };
    const gather = intake.gather.bind(intake);
    intake.gather = () => (recorder.on ? this.gather(gather) : gather());
    const hand = intake.hand.bind(intake);
    intake.hand = (status) => {
      hand(status);
      if (intake.handed === watch.next) this.turn();
    };
    intake.announced = () => (recorder.on ? this.announced() : intake.count);
  }

  private turn(): void {
    this.watch.pass(this.path.intake.handed);
    this.full = 0;
  }

  private gather(gather: () => boolean): boolean {
    const { rxTurn } = this.path;
    const { calls } = rxTurn;
    const from = native.tsc();
    const over = gather();
    if (rxTurn.calls === calls) this.full ||= from;
    else this.endFull(from);
    return over;
  }

  /** A kernel that is traced too is told beside the packets' count which sample the item is. */
  private announced(): number {
    const { watch, path } = this;
    const { handed, item, count } = path.intake;
    const now = native.tsc();
    watch.recorder.note(Note.HAND, handed, count, now, now);
    if (path.list.share.samples === undefined) return count;
    const both = count + watch.sample(handed) * 2 ** SAMPLE_SHIFT;
    path.list.status[item * STATUS_STRIDE + 1] = both;
    return both;
  }

  private endFull(now: number): void {
    if (this.full === 0) return;
    this.watch.recorder.note(Note.FULL, 0, 0, this.full, now);
    this.full = 0;
  }
}

/** The TX end. */
export class TracedOutlet extends Outlet {
  private readonly watch: Watch;
  /** The last item that was found DONE. */
  private found = -1;

  constructor(path: Path, verifier: Verifier | undefined, trace: TraceShare) {
    super(path, verifier);
    this.watch = new Watch(trace.plan, trace.tx);
    const { recorder } = this.watch;
    const { txTurn: turn } = path;
    const run = turn.run;
    turn.run = () => {
      if (!recorder.on) return run();
      const from = native.tsc();
      run();
      if (turn.sent !== 0) recorder.note(Note.SEND, turn.sent, 0, from, turn.tsc);
    };
  }

  protected override offer(count: number): void {
    if (this.watch.recorder.on && this.found !== this.freed) {
      this.found = this.freed;
      this.moment(Note.FOUND, count);
    }
    super.offer(count);
  }

  protected override free(): void {
    if (this.watch.recorder.on) this.moment(Note.FREE, 0);
    super.free();
    if (this.freed === this.watch.next) this.watch.pass(this.freed);
  }

  private moment(note: Note, packets: number): void {
    const now = native.tsc();
    this.watch.recorder.note(note, this.freed, packets, now, now);
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
