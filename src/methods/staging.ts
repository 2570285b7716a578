import { Parcel } from '../dpdk/parcel.js';
import { type CommList, STATUS_STRIDE, Status } from '../gpudev/comm-list.js';
import type { Gpu, StreamId } from '../gpudev/driver.js';
import { roundUp, windowAt } from '../memory/memory.js';
import type { Address } from '../memory/native.js';

/*
 * Memory kind `staged`: mbufs lie in host memory, and what a kernel works on is a copy in device
 * memory. Frames go there and back by way of two rings of bytes, laid out alike: one in pinned host
 * memory, one on the device. An item takes as much of them as its frames need, right behind the item
 * before it, so that several items are one copy.
 *
 *   mbufs ─pack─► ring ═══ copy a batch, then READY ═══► ring ─► kernel, DONE
 *   mbufs ◄─unpack─ ring ◄═══════ copy a batch ═════════ ring ◄──────┘
 *
 * A batch is what came while the batches before it were under way; it never waits for company.
 *
 *   lines    @0 arrived u32: items copied in │ @64 returned u32: items copied back    the device's
 *            @128 parcel of the RX end │ @192 parcel of the TX end
 *            @256 {offset f64, bytes f64}[items]: where an item lies in the rings
 *   ring     from the next page on
 */
const [ARRIVED, RETURNED, RX_PARCEL, TX_PARCEL, EXTENTS] = [0, 64, 128, 192, 256];
const EXTENT = 16;
const PAGE = 4096;

/** Batches under way: while one is copied the next is on its way to the copy engine … */
const UNDER_WAY = 2;
/** … if it has so many items: posting a batch costs the lcore as much as several items do. */
const ITEMS_BEHIND = 8;
/** Items of a batch at most: the first of them must not wait long for the last. */
const BATCH = 64;

/** The staging of one path; plain data, for `postMessage`. */
export interface StagingShare {
  /** Host memory: lines and ring, as the CPU and as the device see it. */
  readonly host: Address;
  readonly hostSeen: Address;
  /** The ring in device memory. */
  readonly device: Address;
  readonly ringBytes: number;
  /** Bytes of a ring that an item takes at most. */
  readonly itemBytes: number;
  /** Streams for copies to the device and back. */
  readonly inbound: StreamId;
  readonly outbound: StreamId;
}

/** What staging knows of the path it works for. */
export interface Staged {
  readonly gpu: Gpu;
  readonly list: CommList;
  readonly share: StagingShare;
}

/** Bytes of host memory before the ring. */
export function stagingLines(items: number): number {
  return roundUp(EXTENTS + items * EXTENT, PAGE);
}

/**
 * A ring's bytes for `packets` packets under way, of `frameBytes` each at most. One item more than
 * that: its room is what may be left over at the ring's end. So a ring is never full.
 */
export function stagingRing(packets: number, burst: number, frameBytes: number): number {
  return roundUp((packets + burst) * frameBytes, PAGE);
}

/** The RX end: brings items to the device and makes them READY there. */
export class Inbound {
  private handed = 0;
  private closing = false;
  /** Where in the rings the next item goes. */
  private head = 0;
  private readonly copies: Copies;
  private readonly extents: Float64Array;
  private readonly parcel: Parcel;
  private readonly ring: Address;

  constructor(private readonly staged: Staged) {
    const { list, share } = staged;
    const { device } = share;
    this.ring = share.host + stagingLines(list.items);
    this.copies = new Copies(staged, share.inbound, ARRIVED, device, seenRing(staged));
    this.extents = extentsOf(staged);
    this.parcel = parcelAt(staged, RX_PARCEL);
  }

  /** Items that are READY, or were: their copies are over. */
  get arrived(): number {
    this.copies.look();
    return this.copies.over;
  }

  /** Takes an item of `count` packets; it becomes READY once its frames are on the device. */
  hand(item: number, count: number): void {
    const { extents, staged } = this;
    const { list, share } = staged;
    const at = this.head + share.itemBytes > share.ringBytes ? 0 : this.head;
    let bytes = 0;
    if (count !== 0) {
      const mbufs = list.mbufsAddress(item);
      const packets = list.packetsAddress(item);
      bytes = this.parcel.pack(mbufs, packets, count, this.ring + at, share.device + at);
    }
    extents[2 * item] = at;
    extents[2 * item + 1] = bytes;
    this.head = at + bytes;
    this.handed++;
    this.move();
  }

  /** Posts what was handed on, if there is room: to be called again and again. */
  move(): void {
    const { copies } = this;
    copies.look();
    for (;;) {
      const items = this.handed - copies.posted;
      if (items === 0 || (!copies.haveRoom(items) && !this.closing)) return;
      this.post(Math.min(items, BATCH));
    }
  }

  /** From now on nothing is held back, because nobody calls `move` any more. */
  close(): void {
    this.closing = true;
    this.move();
  }

  private post(items: number): void {
    const { copies, extents, staged } = this;
    const { list } = staged;
    for (let i = 0; i < items; i++) {
      const item = (copies.posted + i) % list.items;
      copies.add(extents[2 * item], extents[2 * item + 1]);
      copies.write(list.statusAddress(item), Status.READY);
    }
    copies.post(items);
  }
}

/** The TX end: brings back what the device is done with. */
export class Outbound {
  /** Items behind those posted of which the device has finished. */
  private finished = 0;
  /** Items of which the frames are in their mbufs again. */
  private unpacked = 0;
  private readonly copies: Copies;
  private readonly extents: Float64Array;
  private readonly parcel: Parcel;
  private readonly ring: Address;

  constructor(private readonly staged: Staged) {
    const { list, share } = staged;
    this.ring = share.host + stagingLines(list.items);
    this.copies = new Copies(staged, share.outbound, RETURNED, seenRing(staged), share.device);
    this.extents = extentsOf(staged);
    this.parcel = parcelAt(staged, TX_PARCEL);
  }

  /**
   * Status of the item to be sent next, when `freed` items were freed before: DONE or ERROR only
   * once its batch is back, and then, where it is DONE, its frames are in their mbufs.
   */
  statusOf(item: number, freed: number): number {
    const { copies, staged } = this;
    const { list } = staged;
    copies.look();
    this.move(freed);
    if (copies.over <= freed) return Status.READY;
    const status = Atomics.load(list.status, item * STATUS_STRIDE);
    if (status === Status.DONE && this.unpacked <= freed) {
      const count = list.count(item);
      if (count !== 0)
        this.parcel.unpack(list.mbufsAddress(item), count, this.ring + this.extents[2 * item]);
      this.unpacked = freed + 1;
    }
    return status;
  }

  /** Posts what is DONE, in order, if there is room. */
  private move(freed: number): void {
    const { copies, staged } = this;
    const { list } = staged;
    // Not round the list into items that were posted and are not yet freed: they are DONE, too.
    const most = Math.min(BATCH, list.items - (copies.posted - freed));
    while (this.finished < most && this.status(this.finished) >= Status.DONE) this.finished++;
    if (this.finished === 0 || !copies.haveRoom(this.finished)) return;
    this.post(this.finished);
    this.finished = 0;
  }

  /** Of what became an ERROR nothing is worth a copy. */
  private post(items: number): void {
    const { copies, extents, staged } = this;
    for (let i = 0; i < items; i++) {
      const item = (copies.posted + i) % staged.list.items;
      if (this.status(i) === Status.DONE) copies.add(extents[2 * item], extents[2 * item + 1]);
    }
    copies.post(items);
  }

  /** Of the item that is `n` behind those posted: DONE and ERROR are the last it has. */
  private status(n: number): number {
    const { list } = this.staged;
    const item = (this.copies.posted + n) % list.items;
    return Atomics.load(list.status, item * STATUS_STRIDE);
  }
}

/** Batches of copies on one stream. The device counts their items in a word when they are over. */
class Copies {
  /** Items posted, and items of which the copies are over, since the start. */
  posted = 0;
  over = 0;
  private readonly word: Int32Array;
  private readonly wordSeen: Address;
  /** What to write behind the copies, {address, value} each. */
  private readonly writes = new Float64Array(2 * (BATCH + 1));
  private count = 0;
  /** Items posted up to the end of each batch under way, oldest first. */
  private readonly ends = new Float64Array(UNDER_WAY);
  private batches = 0;
  /** What is to be copied next: bytes of the rings. */
  private start = 0;
  private end = 0;

  constructor(
    private readonly staged: Staged,
    private readonly stream: StreamId,
    word: number,
    private readonly to: Address,
    private readonly from: Address,
  ) {
    const { host, hostSeen } = staged.share;
    this.word = windowAt(host, stagingLines(staged.list.items)).i32.subarray(
      word / 4,
      word / 4 + 1,
    );
    this.wordSeen = hostSeen + word;
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

  /** Whether a batch of so many items may be posted; `look` has looked. */
  haveRoom(items: number): boolean {
    return this.batches === 0 || (this.batches < UNDER_WAY && items >= ITEMS_BEHIND);
  }

  /** Adds bytes of the rings to the batch: right behind those before, they are one copy with them. */
  add(at: number, bytes: number): void {
    if (at !== this.end) {
      this.copy();
      this.start = at;
    }
    this.end = at + bytes;
  }

  /** Adds a word that changes behind the copies. */
  write(address: Address, value: number): void {
    this.writes[2 * this.count] = address;
    this.writes[2 * this.count + 1] = value;
    this.count++;
  }

  /** Posts the batch: the next `items` items. */
  post(items: number): void {
    this.copy();
    this.start = this.end;
    this.posted += items;
    // The word comes last: whoever sees it may count on all that the batch was to change.
    this.write(this.wordSeen, this.posted >>> 0);
    this.staged.gpu.writeValues(this.stream, this.writes, this.count);
    this.count = 0;
    // When an RX end closes it posts more than that; nobody asks for room then.
    if (this.batches === UNDER_WAY) this.batches--;
    this.ends[this.batches++] = this.posted;
  }

  private copy(): void {
    const bytes = this.end - this.start;
    if (bytes !== 0)
      this.staged.gpu.copy(this.stream, this.to + this.start, this.from + this.start, bytes);
  }
}

function seenRing({ list, share }: Staged): Address {
  return share.hostSeen + stagingLines(list.items);
}

function extentsOf({ list, share }: Staged): Float64Array {
  const { f64 } = windowAt(share.host, stagingLines(list.items));
  return f64.subarray(EXTENTS / 8, (EXTENTS + list.items * EXTENT) / 8);
}

function parcelAt({ list, share }: Staged, line: number): Parcel {
  return new Parcel(windowAt(share.host, stagingLines(list.items)), share.host + line);
}
