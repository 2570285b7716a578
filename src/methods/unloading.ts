import { SEGMENT_BYTES, Twins } from '../dpdk/twins.js';
import type { CommList } from '../gpudev/comm-list.js';
import { type Gpu, KERNEL_ARGS, type KernelId, type StreamId } from '../gpudev/driver.js';
import { SEGMENTS_A_BLOCK } from '../kernels/unload.js';
import { roundUp, windowAt } from '../memory/memory.js';
import type { Address, Handle } from '../memory/native.js';
import { Batches } from './batches.js';
import { Outbound } from './outbound.js';

/*
 * Frames that a port wrote into device memory across the bus, on their way out through a port that
 * reads them with the CPU, which is no good at reading there. Each frame gets a twin, mbufs of a pool
 * in host memory; the device itself writes a batch's bytes into them, and they are sent instead:
 *
 *   item DONE ─twins─► kernel `unload`, a batch of items ═══► bytes in the twins, then `returned`
 *   item's mbufs ◄─────────── the twins take over ◄──────────────────────┘   the others are freed
 *
 * The device stores where it is sent from, so the CPU copies nothing, and a chained frame's segments
 * are copied as they are. Until twins take over they stand beside the list, so that whoever sweeps up
 * after a run that was given up finds both: the item's own mbufs in the item, the twins here.
 *
 *   lines     @0 returned u32: items brought back, the device's │ @64 struct twins
 *   twins     @192 struct rte_mbuf *[items][burst], NULL where there is none
 *   segments  on the next line: struct segment[slots], as many as there are mbufs in device memory
 */
const [RETURNED, TWINS, POINTERS] = [0, 64, 192];

/** The unloading of one path; plain data, for `postMessage`. */
export interface UnloadShare {
  /** Lines, pointers and segments: host memory as the CPU and as the device see it. */
  readonly host: Address;
  readonly hostSeen: Address;
  readonly slots: number;
  /** Where twins come from, and device address minus CPU address of their buffers. */
  readonly pool: Handle;
  readonly toDelta: number;
  readonly kernel: KernelId;
  readonly stream: StreamId;
  /** Frames are split: headers are in host memory, and stay. */
  readonly behind: boolean;
}

/** What unloading knows of the path it works for. */
export interface Unloaded {
  readonly gpu: Gpu;
  readonly list: CommList;
  readonly share: UnloadShare;
  /** Device address minus CPU address of the frames in device memory. */
  readonly delta: number;
  /** Whether somebody looks at the frames' descriptors before they are sent. */
  readonly describe: boolean;
}

/** Bytes of host memory that a path needs. */
export function unloadBytes(list: CommList, slots: number): number {
  return segmentsAt(list) + slots * SEGMENT_BYTES;
}

/** Where a path's twins stand that have not taken over: pointers, NULL where there is none. */
export function twinsOf(
  list: CommList,
  { host }: UnloadShare,
): { address: Address; count: number } {
  return { address: host + POINTERS, count: list.items * list.packets };
}

/** The TX end. */
export class UnloadingOutbound extends Outbound {
  private readonly launches: Launches;
  private readonly twins: Twins;

  constructor(private readonly unloaded: Unloaded) {
    const { list, share, delta } = unloaded;
    const twins = new Twins(
      windowAt(share.host, unloadBytes(list, share.slots)),
      share.host + TWINS,
      {
        pool: share.pool,
        segments: share.host + segmentsAt(list),
        slots: share.slots,
        fromDelta: delta,
        toDelta: share.toDelta,
        behind: share.behind,
      },
    );
    const launches = new Launches(unloaded, twins.next);
    super(list, launches);
    this.twins = twins;
    this.launches = launches;
  }

  /** False while the pool has no twins: then the port holds them, and gives them back as it sends. */
  protected add(item: number, count: number): boolean {
    const { twins, list } = this;
    if (!twins.make(list.mbufsAddress(item), this.twinsAt(item), count)) return false;
    this.launches.add(twins.described);
    return true;
  }

  protected post(items: number): void {
    this.launches.post(items);
  }

  protected settle(item: number, count: number): void {
    const { twins, list, unloaded } = this;
    const packets = unloaded.describe ? list.packetsAddress(item) : 0;
    twins.takeOver(list.mbufsAddress(item), this.twinsAt(item), count, packets);
  }

  private twinsAt(item: number): Address {
    const { share, list } = this.unloaded;
    return share.host + POINTERS + item * list.packets * 8;
  }
}

/** Batches that a kernel copies. */
class Launches extends Batches {
  private readonly args = new Float64Array(KERNEL_ARGS);
  private readonly kernel: KernelId;
  private readonly slots: number;
  /** Segments to be copied next: `count` of them from this one on. */
  private first: number;
  private segments = 0;

  constructor({ gpu, list, share }: Unloaded, first: number) {
    const { i32 } = windowAt(share.host, unloadBytes(list, share.slots));
    const word = RETURNED / 4;
    super(gpu, share.stream, i32.subarray(word, word + 1), share.hostSeen + RETURNED, list.packets);
    this.kernel = share.kernel;
    this.slots = share.slots;
    this.first = first;
    this.args[0] = share.hostSeen + segmentsAt(list);
    this.args[3] = share.slots;
  }

  add(segments: number): void {
    this.segments += segments;
  }

  override post(items: number): void {
    const { args, segments, first } = this;
    if (segments !== 0) {
      args[1] = first;
      args[2] = segments;
      this.gpu.launch(this.stream, this.kernel, Math.ceil(segments / SEGMENTS_A_BLOCK), args);
      this.first = (first + segments) % this.slots;
      this.segments = 0;
    }
    super.post(items);
  }
}

function segmentsAt({ items, packets }: CommList): number {
  return roundUp(POINTERS + items * packets * 8, 64);
}
