import type { Turn } from '../dpdk/turn.js';
import type { Burst } from '../kernels/kernel.js';
import { windowAt } from '../memory/memory.js';
import { type Address, native } from '../memory/native.js';
import { Clock } from '../telemetry/clock.js';
import { Count } from '../telemetry/tally.js';
import { CpuDigest } from './digest.js';
import type { Path } from './path.js';
import { headBytes, Verifier } from './verifier.js';

/** One of a relay's two bursts: received, worked on, then leaving through the other port. */
interface Slot {
  readonly item: number;
  readonly mbufs: Address;
  readonly packets: Address;
  /** The first packet's descriptor, as an index into the list's words. */
  readonly first: number;
  count: number;
  sent: number;
  bytes: number;
}

/**
 * A path for run to completion: two bursts that change places, one being filled while the other
 * leaves. They are items 0 and 1 of the path's comm list and ledger, where what is in flight is
 * found.
 */
export class Relay {
  /** The burst as packet functions see it; `turn` keeps it current. */
  readonly view: Burst;
  private filling: Slot;
  private leaving: Slot;
  private stuckSince = 0;
  /** When each slot's burst was received, by item. */
  private readonly arrivals = new Float64Array(2);
  private readonly budgeted: boolean;
  private readonly most: number;
  private readonly rxTurn: Turn;
  /** To a port that no path receives from; else what leaves goes in the turns of the path that does. */
  private readonly txTurn?: Turn;
  private readonly clock: Clock;
  private readonly verifier?: Verifier;

  constructor(private readonly path: Path) {
    const { share, ledger, rxTally, words } = path;
    // Either may be under way at any time; their counts say whether it is.
    words.handed = 2;
    this.filling = this.slot(0);
    this.leaving = this.slot(1);
    this.budgeted = share.budgeted;
    this.most = share.burst;
    this.rxTurn = path.rxTurn;
    if (share.oneWay) {
      this.txTurn = path.txTurn.aim(share.txPort, share.queue);
      this.txTurn.receiveNothing();
    }
    this.view = this.makeView();
    this.clock = new Clock(rxTally, share.nsPerCycle, share.warmup);
    if (!share.verify) return;
    const digest = new CpuDigest(share.burst, headBytes(path.kernel));
    this.verifier = new Verifier(ledger, rxTally, digest, path.kernel);
  }

  /** Whether packets are on their way. */
  get holding(): boolean {
    return this.filling.count !== 0 || this.leaving.count !== 0;
  }

  /**
   * One call on this path's port: sends what `from` has leaving, and receives what came if
   * `receiving`. True when a burst came: it stands in `view`, to be worked on before the next turn.
   */
  turn(from: Relay, receiving: boolean): boolean {
    const { rxTurn: turn } = this;
    from.promote();
    const gone = from.sendAlone();
    const left = gone === undefined ? from.offer(turn) : 0;
    this.promote();
    const want = receiving ? this.ask(turn) : 0;
    if (want === 0) turn.receiveNothing();
    turn.run();
    if (left !== 0) from.sentThrough(turn, left);
    const { received } = turn;
    if (this.budgeted) this.path.run.refund(want - received);
    if (received !== 0) {
      this.arrived(turn, received);
      return true;
    }
    if (turn.sent === 0 && !gone) this.path.wait();
    return false;
  }

  /** Sends what is leaving in a turn of its own, one way; tells whether the port took any of it. */
  private sendAlone(): boolean | undefined {
    const { txTurn: turn, rxTurn } = this;
    if (turn === undefined) return undefined;
    const left = this.offer(turn);
    rxTurn.sendNothing();
    if (left === 0) return false;
    turn.run();
    this.sentThrough(turn, left);
    return turn.sent !== 0;
  }

  /** Puts what is leaving into the request; tells how many frames that are. */
  private offer(turn: Turn): number {
    const { leaving } = this;
    const left = leaving.count - leaving.sent;
    if (left === 0) turn.sendNothing();
    else if (leaving.sent !== 0) turn.sendRest(leaving.mbufs + leaving.sent * 8, left);
    else turn.send(leaving.mbufs, left, leaving.bytes);
    return left;
  }

  /** Asks for a burst if there is room for one; tells for how many frames. */
  private ask(turn: Turn): number {
    const { filling } = this;
    if (filling.count !== 0) return 0;
    const want = this.budgeted ? this.path.run.claim(this.most) : this.most;
    if (want !== 0) turn.receiveInto(filling.mbufs, filling.packets, want);
    return want;
  }

  /** A worked-on burst starts to leave once the one before has gone. */
  private promote(): void {
    if (this.leaving.count !== 0 || this.filling.count === 0) return;
    const { filling } = this;
    this.filling = this.leaving;
    this.leaving = filling;
    this.verifier?.sending(filling.mbufs, filling.item, filling.count);
  }

  private arrived(turn: Turn, received: number): void {
    const { filling, view, path } = this;
    path.idle.reset();
    filling.count = received;
    filling.bytes = turn.receivedBytes;
    this.arrivals[filling.item] = turn.tsc;
    path.ledger.setCount(filling.item, received);
    view.first = filling.first;
    view.count = received;
    if (turn.shortest < path.share.runtBytes) this.countRunts();
    this.verifier?.received(filling.mbufs, filling.item, 0, received);
  }

  private sentThrough(turn: Turn, left: number): void {
    const { path, leaving } = this;
    const { sent } = turn;
    if (sent === 0) {
      this.refused(turn);
      return;
    }
    this.stuckSince = 0;
    leaving.sent += sent;
    path.ledger.setSent(leaving.item, leaving.sent);
    const arrival = this.arrivals[leaving.item];
    this.clock.sent(turn, arrival);
    this.clock.record(turn, arrival, sent);
    if (sent === left) this.clear();
  }

  private clear(): void {
    const { path, leaving } = this;
    leaving.count = 0;
    leaving.sent = 0;
    path.ledger.open(leaving.item);
    path.rxTally.values[Count.items] += 1;
  }

  /** The port took nothing: wait, unless the run is stopping and it has gone on for too long. */
  private refused(turn: Turn): void {
    const { path, leaving } = this;
    if (path.run.going) return;
    if (this.stuckSince === 0) this.stuckSince = turn.tsc;
    if (turn.tsc - this.stuckSince < path.share.drain) return;
    const left = leaving.count - leaving.sent;
    native.mbufFree(leaving.mbufs + leaving.sent * 8, left);
    path.rxTally.drop('tx_full', left);
    this.clear();
  }

  private countRunts(): void {
    const { first, count, packets } = this.view;
    let runts = 0;
    for (let i = 0; i < count; i++)
      if (packets[first + 4 * i + 2] < this.path.share.runtBytes) runts++;
    this.path.rxTally.values[Count.runts] += runts;
  }

  private slot(item: number): Slot {
    const { list, share } = this.path;
    const mbufs = list.mbufsAddress(item);
    const packets = share.describe ? list.packetsAddress(item) : 0;
    return { item, mbufs, packets, first: list.firstWord(item), count: 0, sent: 0, bytes: 0 };
  }

  private makeView(): Burst {
    const { share, list } = this.path;
    const pool = windowAt(share.pool.address, share.pool.bytes);
    const origin = (share.pool.address + share.delta) % 2 ** 32;
    return { packets: list.words, first: 0, count: 0, u8: pool.u8, u32: pool.u32, origin };
  }
}
