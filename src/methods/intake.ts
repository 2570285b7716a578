import { STATUS_STRIDE, Status } from '../gpudev/comm-list.js';
import { REHEARSALS } from '../lcore/idle.js';
import { publish } from '../memory/publish.js';
import { Count } from '../telemetry/tally.js';
import type { Path } from './path.js';
import type { Verifier } from './verifier.js';

/**
 * An lcore at both ends sends one item for each that it receives, so whatever queue of DONE items has
 * once come about would stand for ever. While there is one, it sends another each so many items.
 */
const CATCH_UP = 8;

/**
 * The RX end of a path: gathers received packets in the list's next item and hands it on.
 *
 *   port ──► open item (FREE) … count = burst, or the timeout passed ──hand──► READY (or DONE)
 *
 * When the next item is not FREE nothing is received: the port's own queue fills, and what it loses
 * is counted there, as on a NIC.
 */
export class Intake {
  /** The item being filled, and how many packets it has. */
  item = 0;
  count = 0;
  /** Items handed on since the start. */
  handed = 0;
  /** The last look at the port found packets: more are to be expected at once. */
  coming = false;

  private open = false;
  /** Items that the TX end had freed when it was last looked at. */
  private freed = 0;
  private deadline = 0;

  constructor(
    protected readonly path: Path,
    private readonly verifier?: Verifier,
  ) {
    const { share } = path;
    path.rxTurn.aim(share.rxPort, share.queue, share.delta).sendNothing();
  }

  /** Items handed on that the device may work on: all of them, unless they are staged. */
  get ready(): number {
    const { inbound } = this.path;
    return inbound === undefined ? this.handed : inbound.arrived;
  }

  /**
   * Receives once into the open item; tells whether the item is to be handed on. Where one lcore is at
   * both ends of the path, it sends between two receives.
   */
  gather(): boolean {
    const { path } = this;
    const { share, rxTurn: turn, list, run, beside } = path;
    path.inbound?.move();
    this.coming = false;
    if (!this.open && !this.take()) {
      if (!beside?.advance()) path.wait();
      return false;
    }
    if (beside?.behind && this.handed % CATCH_UP === 0) beside.advance();
    const sends = beside?.advanceWith(turn) ?? false;
    let want = share.burst - this.count;
    if (share.budgeted) want = run.claim(want);
    turn.receiveInto(
      list.mbufsAddress(this.item) + this.count * 8,
      share.describe ? list.packetsAddress(this.item) + this.count * 16 : 0,
      want,
    );
    turn.run();
    turn.receiveNothing();
    const received = turn.received;
    if (share.budgeted) run.refund(want - received);
    this.coming = received !== 0;
    if (received !== 0) this.arrived(received);
    else if (!sends) path.wait(this.count !== 0);
    beside?.settle();
    // All looked at each time: V8 has no code ready for what it has not seen done (path.ts, rehearse).
    const { count, deadline } = this;
    const full = count === share.burst;
    const some = count !== 0;
    const late = turn.tsc >= deadline;
    return full || (some && late);
  }

  /** Finds no item FREE, as it may for the first time in the middle of a run (path.ts, `rehearse`). */
  rehearse(): void {
    const { handed, path } = this;
    this.handed = path.list.items;
    for (let i = 0; i < REHEARSALS; i++) this.gather();
    this.handed = handed;
  }

  /** Hands the open item on: READY for a device, DONE where there is nothing to do. */
  hand(status: number): void {
    const { list, words, inbound } = this.path;
    list.setCount(this.item, this.count);
    const told = this.announced();
    if (inbound === undefined) {
      publish(list.status, this.item * STATUS_STRIDE, status);
      if (status === Status.READY) list.ring(this.item, told);
    } else inbound.hand(this.item, this.count);
    this.handed++;
    words.handed = this.handed;
    words.open = false;
    this.item = this.item + 1 === list.items ? 0 : this.item + 1;
    this.count = 0;
    this.open = false;
  }

  /** What kernels are told beside the open item's status: its packets (and more in traced.ts). */
  announced(): number {
    return this.count;
  }

  /** Hands on an item without packets, to fill up work posted ahead; false while none is FREE. */
  handEmpty(): boolean {
    if (!this.open && !this.take()) {
      if (!this.path.beside?.advance()) this.path.wait(true);
      return false;
    }
    this.hand(Status.READY);
    return true;
  }

  /** No more will be received: hands on what was gathered. */
  close(status: number): void {
    this.coming = false;
    if (this.count !== 0) this.hand(status);
    this.path.inbound?.close();
  }

  /**
   * Opens the next item if it is FREE. That is looked up in the TX end's count, and only when all
   * items known to be free are used up: its status word is a line the TX end has just written.
   */
  protected take(): boolean {
    const { list, words, ledger } = this.path;
    if ((this.handed - this.freed) >>> 0 >= list.items) {
      this.freed = words.freed;
      if ((this.handed - this.freed) >>> 0 >= list.items) return false;
    }
    this.open = true;
    ledger.open(this.item);
    words.open = true;
    return true;
  }

  /** `received` frames are in the open item. */
  protected arrived(received: number): void {
    this.note(received, this.path.rxTurn.receivedBytes);
  }

  /** So many frames of them stay, `bytes` in all. */
  protected note(received: number, bytes: number): void {
    const { path, item } = this;
    const { rxTurn: turn, share, list, ledger } = path;
    path.idle.reset();
    const first = this.count;
    this.count = first + received;
    // Stored at once, so that these mbufs are accounted for whatever happens to this thread.
    ledger.arrive(item, turn.tsc, this.count, bytes);
    if (first === 0) this.deadline = turn.tsc + share.timeout;
    if (turn.shortest < share.runtBytes) this.countRunts(first, received);
    this.verifier?.received(list.mbufsAddress(item) + first * 8, item, first, received);
  }

  /** Of the `received` frames from packet `first` on. */
  protected countRunts(first: number, received: number): void {
    const { list } = this.path;
    this.addRunts(list.words, list.firstWord(this.item) + 4 * first, received);
  }

  /** Counts those of `count` descriptors from word `first` on that are of runts. */
  protected addRunts(words: Uint32Array, first: number, count: number): void {
    const { share, rxTally } = this.path;
    let runts = 0;
    for (let p = first; p < first + 4 * count; p += 4) if (words[p + 2] < share.runtBytes) runts++;
    rxTally.values[Count.runts] += runts;
  }
}
