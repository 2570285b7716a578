import type { Turn } from '../dpdk/turn.js';
import { STATUS_STRIDE, Status } from '../gpudev/comm-list.js';
import { native } from '../memory/native.js';
import { publish } from '../memory/publish.js';
import { Clock } from '../telemetry/clock.js';
import type { DropReason } from '../telemetry/drops.js';
import { Count } from '../telemetry/tally.js';
import type { Path } from './path.js';
import type { Verifier } from './verifier.js';

/** mbufs of the next item to fetch at most: the driver's own loop keeps up with more. */
const AHEAD = 16;

/**
 * The TX end of a path: sends the list's items in order as they become DONE, and frees them.
 *
 *   item DONE ──► port … all packets taken ──► num_pkts 0, then FREE
 */
export class Outlet {
  /** The item to be sent next, and how many have been freed. */
  item = 0;
  freed = 0;

  /** Whether the item before this one was DONE when it was first looked at. */
  behind = false;

  private stuckSince = 0;
  /** Whether the port has been offered the item before. */
  private offered = false;
  /** Packets of the item that the turn to come offers the port; 0: none. */
  private asked = 0;
  private readonly clock: Clock;

  constructor(
    private readonly path: Path,
    private readonly verifier?: Verifier,
  ) {
    const { share } = path;
    if (path.txTurn !== path.rxTurn) path.txTurn.aim(share.txPort, share.queue).receiveNothing();
    this.clock = new Clock(path.txTally, share.nsPerCycle, share.warmup);
  }

  /** Whether items may still come: not once the RX end closed and all it handed on was freed. */
  get open(): boolean {
    const { run, words } = this.path;
    return !run.aborted && !(words.closed && words.handed === this.freed >>> 0);
  }

  /** Sends what the port takes of the next item, if it is DONE; otherwise backs off. */
  send(): void {
    if (!this.advance()) this.path.wait();
  }

  /** The same without backing off: tells whether there was an item to do something with. */
  advance(): boolean {
    const found = this.look();
    if (this.asked !== 0) {
      this.path.txTurn.run();
      this.settle();
    }
    return found;
  }

  /**
   * The same for an lcore that is at both ends of the path and about to receive: what is to be sent to
   * the port it receives from goes in the same turn, after which it calls `settle`.
   */
  advanceWith(turn: Turn): boolean {
    return turn === this.path.txTurn ? this.look() : this.advance();
  }

  /** Sees to the next item: if it is DONE, its packets are in the request of the turn to come. */
  private look(): boolean {
    const { path, item } = this;
    const { outbound } = path;
    const status =
      outbound === undefined
        ? Atomics.load(path.list.status, item * STATUS_STRIDE)
        : outbound.statusOf(item, this.freed);
    if (status === Status.DONE) this.offer(path.ledger.count(item));
    else if (status === Status.ERROR) this.discard('kernel_error');
    else {
      this.behind = false;
      return false;
    }
    return true;
  }

  /**
   * While items are DONE faster than they are sent, their lines have long been written: those of the
   * next two are fetched meanwhile. Otherwise the RX lcore is writing them now, and is left alone.
   * Where this is the RX lcore as well, only the status word comes from elsewhere: from the device.
   */
  private lookAhead(count: number): void {
    const { path, item, behind } = this;
    const { list, ledger, txTurn: turn } = path;
    const { share } = list;
    this.behind = true;
    if (!behind) {
      turn.lookNowhere();
      return;
    }
    const next = item + 1 < list.items ? item + 1 : 0;
    if (path.share.together) {
      turn.lookAt(share.status + next * 4 * STATUS_STRIDE);
      return;
    }
    const later = next + 1 < list.items ? next + 1 : 0;
    const soon = Math.min(count, AHEAD);
    turn.lookAhead(
      list.mbufsAddress(next),
      soon,
      list.mbufsAddress(later),
      share.status + later * 4 * STATUS_STRIDE,
      ledger.recordAddress(later),
    );
  }

  protected offer(count: number): void {
    const { path, item } = this;
    const { txTurn: turn, list, ledger } = path;
    const before = ledger.sent(item);
    if (before === count) {
      // An item without packets, as posted work is given at the end.
      this.free();
      return;
    }
    const mbufs = list.mbufsAddress(item);
    if (this.offered) {
      turn.sendRest(mbufs + before * 8, count - before);
    } else {
      this.offered = true;
      this.verifier?.sending(mbufs, item, count);
      turn.send(mbufs, count, ledger.bytes(item));
      this.lookAhead(count);
    }
    this.asked = count - before;
  }

  /** After the turn: what the port took is gone, and the item FREE when that was all of it. */
  settle(): void {
    const { path, item, asked } = this;
    if (asked === 0) return;
    const { txTurn: turn, ledger } = path;
    this.asked = 0;
    turn.sendNothing();
    const count = ledger.count(item);
    const before = count - asked;
    const after = before + turn.sent;
    if (after === before) {
      this.refused();
      return;
    }
    this.time(before, after);
    path.idle.reset();
    this.stuckSince = 0;
    if (after === count) this.free();
    else ledger.setSent(item, after);
  }

  /** How long each of the packets was under way that were sent just now. */
  private time(before: number, after: number): void {
    const { item, path } = this;
    const { ledger } = path;
    this.clock.sent(path.txTurn, ledger.arrivalTsc(item, 0));
    const arrivals = ledger.arrivals(item);
    let from = before;
    for (let i = 0; i < arrivals && from < after; i++) {
      const until = Math.min(ledger.arrivalTotal(item, i), after);
      if (until <= from) continue;
      this.clock.record(path.txTurn, ledger.arrivalTsc(item, i), until - from);
      from = until;
    }
  }

  protected free(): void {
    const { path, item } = this;
    const { list, ledger, words } = path;
    if (ledger.count(item) !== 0) path.txTally.values[Count.items] += 1;
    list.setCount(item, 0);
    publish(list.status, item * STATUS_STRIDE, Status.FREE);
    this.freed++;
    this.offered = false;
    this.item = item + 1 === list.items ? 0 : item + 1;
    words.free(this.freed, this.item);
  }

  /** The port took nothing: back-pressure, unless the run is stopping and it has gone on too long. */
  private refused(): void {
    const { path } = this;
    const { txTurn: turn, share } = path;
    path.wait();
    if (path.run.going) return;
    if (this.stuckSince === 0) this.stuckSince = turn.tsc;
    if (turn.tsc - this.stuckSince > share.drain) this.discard('tx_full');
  }

  private discard(reason: DropReason): void {
    const { path, item } = this;
    const { list, ledger, txTally } = path;
    const sent = ledger.sent(item);
    const left = ledger.count(item) - sent;
    native.mbufFree(list.mbufsAddress(item) + sent * 8, left);
    txTally.drop(reason, left);
    this.free();
  }
}
