import { roundUp } from '../memory/memory.js';

/** Bytes of `struct rte_gpu_comm_list` (rte_gpudev.h, x86-64), one an item. */
export const ITEM_BYTES = 48;
/** Offsets of its members. */
export const ITEM = {
  dev_id: 0,
  mbufs: 8,
  pkt_list: 16,
  num_pkts: 24,
  status_h: 32,
  status_d: 40,
} as const;
/** Bytes of `struct rte_gpu_comm_pkt`: addr @0, size @8. */
export const PACKET_BYTES = 16;
export const POINTER_BYTES = 8;
/** A cache line: what one item's status word has to itself. */
export const LINE = 64;
/** A window's limit: an ArrayBuffer over foreign memory on Node 20. */
export const MAX_BYTES = 2 ** 32;

/** `enum rte_gpu_comm_list_status`: FREE → READY (the CPU) → DONE or ERROR (the device) → FREE. */
export const Status = { FREE: 0, READY: 1, DONE: 2, ERROR: 3 } as const;

/** Packets an item may have: `RTE_GPU_COMM_LIST_PKTS_MAX`. */
export const MAX_PACKETS = 1024;
/** 32-bit words from one item's status word to the next. */
export const STATUS_STRIDE = LINE / 4;

/**
 * Where everything of a comm list lies in its one piece of host memory, each part on lines of its
 * own. With the status words in device memory the middle part is missing here and stands there.
 *
 *     @0        struct rte_gpu_comm_list[items]
 *     @status   items × 64 B: status u32 │ num_pkts u32 │ unused      what a poll fetches
 *     @bodies   items × body: struct rte_gpu_comm_pkt[packets] │ struct rte_mbuf *[packets]
 *
 * Unlike upstream's, status words do not share cache lines: a poll of one item does not disturb the
 * writer of another, and count and status come with one read.
 */
export interface CommListLayout {
  readonly status: number;
  readonly bodies: number;
  /** Bytes from one item's body to the next. */
  readonly bodyBytes: number;
  /** From a body's start to its mbuf pointers. */
  readonly mbufs: number;
  readonly bytes: number;
}

export function commListLayout(
  items: number,
  packets: number,
  statusHere: boolean,
): CommListLayout {
  const status = roundUp(items * ITEM_BYTES, LINE);
  const bodies = status + (statusHere ? items * LINE : 0);
  const mbufs = packets * PACKET_BYTES;
  // An odd number of lines: a stride of whole pages would put all bodies into the same cache sets.
  const bodyBytes = (Math.ceil((mbufs + packets * POINTER_BYTES) / LINE) | 1) * LINE;
  return { status, bodies, bodyBytes, mbufs, bytes: bodies + items * bodyBytes };
}
