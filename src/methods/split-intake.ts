import { HeaderSplit, SPLIT_BYTES, SPLIT_DIGEST_BYTES } from '../dpdk/header-split.js';
import type { Burst, BurstFunction } from '../kernels/kernel.js';
import { roundUp, windowAt } from '../memory/memory.js';
import type { Address, Handle } from '../memory/native.js';
import { Intake } from './intake.js';
import type { Path } from './path.js';
import type { Verifier } from './verifier.js';

/** The header/data split of one path; plain data, for `postMessage`. */
export interface SplitShare {
  /** Bytes of a header at most. */
  readonly bytes: number;
  /** Whether the port splits what it receives; else the RX lcore does. */
  readonly byPort: boolean;
  /** Buffers of headers, as the CPU sees them. */
  readonly headers: { address: Address; bytes: number };
  /** Where payload mbufs come from, how many bytes of a frame one holds. */
  readonly pool: Handle;
  readonly room: number;
  /** Device address for the payload of a frame that has none. */
  readonly nowhere: Address;
  /** In the arena, `splitLines` bytes. */
  readonly lines: Address;
}

/*
 * A path's lines for it:
 *
 *   @0    struct split │ @128 RX digest │ @192 TX digest │ @256 header descriptors[burst]
 */
const RX_DIGEST = SPLIT_BYTES;
const TX_DIGEST = RX_DIGEST + SPLIT_DIGEST_BYTES;
const DESCRIPTORS = TX_DIGEST + SPLIT_DIGEST_BYTES;

export function splitLines(burst: number): number {
  return roundUp(DESCRIPTORS + 16 * burst, 64);
}

/** Where the digest of one end of the path has its request. */
export function digestLine({ lines }: SplitShare, end: 'rx' | 'tx'): Address {
  return lines + (end === 'rx' ? RX_DIGEST : TX_DIGEST);
}

/**
 * The RX end of a path whose frames are split: headers to host memory, the rest to the device's. The
 * item tells kernels of payloads; headers are for a function on this lcore.
 *
 *   port ──► whole frames in host memory ──cut──► header │ payload ──► headers' function ──► the item
 *
 * Where the port splits, frames come cut.
 */
export class SplitIntake extends Intake {
  private readonly split: HeaderSplit;
  private readonly headers: Burst;

  constructor(
    path: Path,
    private readonly share: SplitShare,
    private readonly digests?: Verifier,
    private readonly onHeaders?: BurstFunction,
  ) {
    super(path);
    const { arena, delta, rxPort, queue } = path.share;
    const { lines, bytes, byPort, pool, nowhere, headers } = share;
    const window = windowAt(arena.address, arena.bytes);
    const setup = { bytes: byPort ? 0 : bytes, pool, delta, nowhere };
    this.split = new HeaderSplit(window, lines, lines + DESCRIPTORS, setup);
    const { u8, u32, origin } = windowAt(headers.address, headers.bytes);
    const first = (lines + DESCRIPTORS - window.address) / 4;
    this.headers = { packets: window.u32, first, count: 0, u8, u32, origin };
    // What the turn describes are headers.
    path.rxTurn.aim(rxPort, queue);
  }

  protected override arrived(received: number): void {
    const { path, share, split, digests, item, count } = this;
    const mbufs = path.list.mbufsAddress(item) + 8 * count;
    const records = digests === undefined ? 0 : path.ledger.fingerprintAddress(item, count);
    // Of a whole frame while the CPU has it; where the port splits, of its parts.
    if (!share.byPort) digests?.received(mbufs, item, count, received);
    split.aim(mbufs, received, path.list.packetsAddress(item) + 16 * count, records);
    split.run();
    const { kept } = split;
    if (kept !== received) path.rxTally.drop('no_payload_mbuf', received - kept);
    if (kept === 0) return;
    this.headers.count = kept;
    this.note(kept, split.keptBytes);
    if (share.byPort) digests?.received(mbufs, item, count, kept);
    // Frames are accounted for by now, whatever the function does.
    this.onHeaders?.(this.headers);
  }

  protected override countRunts(_first: number, received: number): void {
    const { packets, first } = this.headers;
    this.addRunts(packets, first, received);
  }
}
