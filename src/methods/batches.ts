import type { Gpu, StreamId } from '../gpudev/driver.js';
import type { Address } from '../memory/native.js';

/** Batches under way: while one is copied the next is on its way to the device … */
const UNDER_WAY = 2;
/** … if it has so many items: posting a batch costs the lcore as much as several do. */
const ITEMS_BEHIND = 8;
/** Items and packets of a batch at most: the first must not wait long for the last, nor leave the cache. */
const ITEMS = 64;
const PACKETS = 1024;

/**
 * Items taken between host and device memory in batches, on one stream. The device counts those of
 * which the batch is over in a word. A batch waits for no company while the lcore has nothing else to do.
 */
export class Batches {
  /** Items of a batch at most. */
  readonly most: number;
  /** Items posted, and items of which the batch is over, since the start. */
  posted = 0;
  over = 0;
  /** What to write behind the batch, {address, value} each. */
  private readonly writes = new Float64Array(2 * (ITEMS + 1));
  private count = 0;
  /** Items posted up to the end of each batch under way, oldest first. */
  private readonly ends = new Float64Array(UNDER_WAY);
  private batches = 0;

  /** `word`: a zeroed word of the device's, and where the device sees it; `packets` of an item. */
  constructor(
    protected readonly gpu: Gpu,
    protected readonly stream: StreamId,
    private readonly word: Int32Array,
    private readonly wordSeen: Address,
    packets: number,
  ) {
    this.most = Math.min(ITEMS, Math.ceil(PACKETS / packets));
  }

  /** Looks how far the device is. */
  look(): void {
    if (this.batches === 0) return;
    this.over += (Atomics.load(this.word, 0) - this.over) >>> 0;
    while (this.batches !== 0 && this.ends[0] <= this.over) {
      this.ends.copyWithin(0, 1);
      this.batches--;
    }
  }

  /**
   * Whether a batch of so many items may be posted; `look` has looked. `busy`: the lcore has something
   * else to do until there are more.
   */
  haveRoom(items: number, busy = false): boolean {
    const enough = items >= Math.min(ITEMS_BEHIND, this.most);
    return enough ? this.batches < UNDER_WAY : this.batches === 0 && !busy;
  }

  /** Adds a word that changes behind what the batch copies. */
  write(address: Address, value: number): void {
    this.writes[2 * this.count] = address;
    this.writes[2 * this.count + 1] = value;
    this.count++;
  }

  /** Posts the batch: the next `items` items. What it copies is on the stream already. */
  post(items: number): void {
    this.posted += items;
    // The word comes last: whoever sees it may count on all that the batch was to change.
    this.write(this.wordSeen, this.posted >>> 0);
    this.gpu.writeValues(this.stream, this.writes, this.count);
    this.count = 0;
    // When an RX end closes it posts more than that; nobody asks for room then.
    if (this.batches === UNDER_WAY) this.batches--;
    this.ends[this.batches++] = this.posted;
  }
}
