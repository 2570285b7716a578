import { type CommList, STATUS_STRIDE, Status } from '../gpudev/comm-list.js';
import type { Batches } from './batches.js';

/**
 * Batches that may be under way or wait to be sent: brought back long before its turn a frame has left
 * the cache again.
 */
const AHEAD = 3;

/**
 * The TX end of a path whose frames lie in device memory: brings back what the device is done with,
 * in batches of items that follow each other, before it is sent. Staging copies the frames back
 * (staging.ts); what arrived in device memory is unloaded from there (unloading.ts).
 */
export abstract class Outbound {
  /** Items behind those posted of which the device has finished. */
  private finished = 0;
  /** Items of which the frames are in their mbufs again. */
  private settled = 0;

  constructor(
    protected readonly list: CommList,
    private readonly batches: Batches,
  ) {}

  /** Adds a DONE item of `count` packets to the batch; false if that has to wait. */
  protected abstract add(item: number, count: number): boolean;

  /** Posts what was added. */
  protected abstract post(items: number): void;

  /** The batch is over: puts the item's `count` frames into its mbufs. */
  protected abstract settle(item: number, count: number): void;

  /**
   * Status of the item to be sent next, when `freed` items were freed before: DONE or ERROR only
   * once its batch is back, and then, where it is DONE, its frames are in its mbufs.
   */
  statusOf(item: number, freed: number): number {
    const { batches, list } = this;
    batches.look();
    this.move(freed);
    if (batches.over <= freed) return Status.READY;
    const status = Atomics.load(list.status, item * STATUS_STRIDE);
    if (status === Status.DONE && this.settled <= freed) {
      const count = list.count(item);
      if (count !== 0) this.settle(item, count);
      this.settled = freed + 1;
    }
    return status;
  }

  /**
   * Posts what is DONE, in order, if there is room. While there are items to be sent meanwhile a batch
   * is to be worth posting, or a device that is quick would be given one for each item.
   */
  private move(freed: number): void {
    const { batches, list } = this;
    const ahead = batches.posted - freed;
    // Not round the list into items that were posted and are not yet freed: they are DONE, too.
    const room = Math.min(AHEAD * batches.most, list.items) - ahead;
    const most = Math.min(batches.most, room);
    while (this.finished < most && this.status(this.finished) >= Status.DONE) this.finished++;
    if (this.finished === 0 || !batches.haveRoom(this.finished, batches.over > freed)) return;
    const items = this.addAll(this.finished);
    if (items === 0) return;
    this.post(items);
    this.finished -= items;
  }

  /** Adds items up to the first that has to wait. Of what became an ERROR nothing is worth a copy. */
  private addAll(items: number): number {
    const { batches, list } = this;
    for (let n = 0; n < items; n++) {
      const item = (batches.posted + n) % list.items;
      const count = list.count(item);
      if (count !== 0 && this.status(n) === Status.DONE && !this.add(item, count)) return n;
    }
    return items;
  }

  /** Of the item that is `n` behind those posted: DONE and ERROR are the last it has. */
  private status(n: number): number {
    const { batches, list } = this;
    const item = (batches.posted + n) % list.items;
    return Atomics.load(list.status, item * STATUS_STRIDE);
  }
}
