import { Parcel } from '../dpdk/parcel.js';
import { type CommList, Status } from '../gpudev/comm-list.js';
import type { Gpu, StreamId } from '../gpudev/driver.js';
import { roundUp, windowAt } from '../memory/memory.js';
import type { Address } from '../memory/native.js';
import { Batches } from './batches.js';
import { Outbound } from './outbound.js';

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
      this.post(Math.min(items, copies.most));
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

/** The TX end: copies back what the device is done with. */
export class StagedOutbound extends Outbound {
  private readonly copies: Copies;
  private readonly extents: Float64Array;
  private readonly parcel: Parcel;
  private readonly ring: Address;

  constructor(staged: Staged) {
    const { list, share } = staged;
    const copies = new Copies(staged, share.outbound, RETURNED, seenRing(staged), share.device);
    super(list, copies);
    this.copies = copies;
    this.ring = share.host + stagingLines(list.items);
    this.extents = extentsOf(staged);
    this.parcel = parcelAt(staged, TX_PARCEL);
  }

  protected add(item: number): boolean {
    this.copies.add(this.extents[2 * item], this.extents[2 * item + 1]);
    return true;
  }

  protected post(items: number): void {
    this.copies.post(items);
  }

  protected settle(item: number, count: number): void {
    this.parcel.unpack(this.list.mbufsAddress(item), count, this.ring + this.extents[2 * item]);
  }
}

/** Batches of copies between the rings. */
class Copies extends Batches {
  /** What is to be copied next: bytes of the rings. */
  private start = 0;
  private end = 0;

  constructor(
    { gpu, list, share }: Staged,
    stream: StreamId,
    word: number,
    private readonly to: Address,
    private readonly from: Address,
  ) {
    const { i32 } = windowAt(share.host, stagingLines(list.items));
    super(gpu, stream, i32.subarray(word / 4, word / 4 + 1), share.hostSeen + word, list.packets);
  }

  /** Adds bytes of the rings to the batch: right behind those before, they are one copy with them. */
  add(at: number, bytes: number): void {
    if (at !== this.end) {
      this.copy();
      this.start = at;
    }
    this.end = at + bytes;
  }

  override post(items: number): void {
    this.copy();
    this.start = this.end;
    super.post(items);
  }

  private copy(): void {
    const bytes = this.end - this.start;
    if (bytes !== 0)
      this.gpu.copy(this.stream, this.to + this.start, this.from + this.start, bytes);
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
