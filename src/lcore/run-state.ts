import { type Window, windowAt } from '../memory/memory.js';
import { type Address, native } from '../memory/native.js';

/** What the stop word says. Larger is more urgent; it never goes back. */
export const Stop = {
  RUN: 0,
  /** Receive no more, finish what is in flight, end. */
  DRAIN: 1,
  /** End now; what is in flight is given up and counted as such. */
  ABORT: 2,
} as const;

export const RUN_STATE_BYTES = 64;

/*
 *   stop u32 @0 │ budget i32 @4: packets still to receive │ ready u32 @8: lcores that wait for go │
 *   go u32 @12
 */
const STOP = 0;
const BUDGET = 1;
const READY = 2;
const GO = 3;

/** Packets the budget's word holds at most: far from its end, whatever is claimed meanwhile. */
const MOST = 2 ** 30;

/** The words all lcores of a run share. They poll them: a busy loop hears no messages. */
export class RunState {
  private readonly i32: Int32Array;
  /** Packets of the budget that its word has no room for yet. */
  private reserve = 0;

  constructor(
    window: Window,
    readonly address: Address,
  ) {
    this.i32 = new Int32Array(window.buffer, address - window.address, RUN_STATE_BYTES / 4);
  }

  static at(address: Address): RunState {
    return new RunState(windowAt(address, RUN_STATE_BYTES), address);
  }

  get stop(): number {
    return Atomics.load(this.i32, STOP);
  }

  /** Whether to keep receiving. */
  get going(): boolean {
    return Atomics.load(this.i32, STOP) === Stop.RUN;
  }

  get aborted(): boolean {
    return Atomics.load(this.i32, STOP) === Stop.ABORT;
  }

  /** Raises the stop word; asking for less than was asked before changes nothing. */
  ask(stop: number): void {
    for (;;) {
      const now = this.stop;
      if (now >= stop || Atomics.compareExchange(this.i32, STOP, now, stop) === now) return;
    }
  }

  /** An lcore is set up; it starts when all are, so that none is measured while others boot. */
  waitForGo(): void {
    Atomics.add(this.i32, READY, 1);
    while (Atomics.load(this.i32, GO) === 0 && this.stop === Stop.RUN) native.lcoreSleep(100);
  }

  get ready(): number {
    return Atomics.load(this.i32, READY);
  }

  go(): void {
    Atomics.store(this.i32, GO, 1);
  }

  /** Packets that may still be received, over all lcores. Whoever sets it tops it up. */
  setBudget(packets: number): void {
    this.reserve = packets;
    this.topUp();
  }

  /** Makes more of a large budget available: to be called now and then while the run lasts. */
  topUp(): void {
    if (this.reserve === 0) return;
    const more = Math.min(this.reserve, MOST - Atomics.load(this.i32, BUDGET));
    if (more <= 0) return;
    this.reserve -= more;
    Atomics.add(this.i32, BUDGET, more);
  }

  /** Claims up to `want` packets of the budget; what was not received goes back with `refund`. */
  claim(want: number): number {
    const left = Atomics.sub(this.i32, BUDGET, want);
    if (left >= want) return want;
    const granted = Math.max(left, 0);
    Atomics.add(this.i32, BUDGET, want - granted);
    return granted;
  }

  refund(packets: number): void {
    if (packets !== 0) Atomics.add(this.i32, BUDGET, packets);
  }
}
