import { roundUp, type Window } from '../memory/memory.js';
import type { Address } from '../memory/native.js';

/*
 * What we keep about an item beside DPDK's own fields, in host memory:
 *
 *   @0    count u32: packets of the item │ sent u32: of these, the port has taken
 *   @8    bytes f64: of all its frames
 *   @16   arrivals u32
 *   @32   arrivals: {tsc f64, packets so far f64}[burst]     which receive call brought which packets
 *   then  fingerprints, 32 B a packet                        with --verify only
 *
 * The RX end writes it and the TX end reads it, `sent` of an item that went in parts excepted: an
 * item that one receive call filled is one cache line, which changes hands once a round.
 */
const HEAD = 32;
const ARRIVAL = 16;
const FINGERPRINT = 32;

export interface LedgerShare {
  address: Address;
  items: number;
  burst: number;
  verify: boolean;
}

/** A comm list's ledger: how far each item has got, when its packets came, what they were. */
export class Ledger {
  private readonly u32: Uint32Array;
  private readonly f64: Float64Array;
  private readonly stride: number;
  private readonly address: Address;
  /** Offset of the fingerprints in an item's record. */
  private readonly fingerprintsAt: number;

  constructor(window: Window, share: LedgerShare) {
    this.stride = Ledger.stride(share.burst, share.verify);
    this.address = share.address;
    this.fingerprintsAt = HEAD + share.burst * ARRIVAL;
    const offset = share.address - window.address;
    const bytes = Ledger.bytes(share.items, share.burst, share.verify);
    this.u32 = new Uint32Array(window.buffer, offset, bytes / 4);
    this.f64 = new Float64Array(window.buffer, offset, bytes / 8);
  }

  static bytes(items: number, burst: number, verify: boolean): number {
    return items * Ledger.stride(burst, verify);
  }

  private static stride(burst: number, verify: boolean): number {
    return roundUp(HEAD + burst * (ARRIVAL + (verify ? FINGERPRINT : 0)), 64);
  }

  /** The item is empty: a new round of it begins. */
  open(item: number): void {
    const word = (item * this.stride) >>> 2;
    this.u32[word] = 0;
    this.u32[word + 1] = 0;
    this.f64[(word >>> 1) + 1] = 0;
    this.u32[word + 4] = 0;
  }

  /** Packets of the item. */
  count(item: number): number {
    return this.u32[(item * this.stride) >>> 2];
  }

  setCount(item: number, packets: number): void {
    this.u32[(item * this.stride) >>> 2] = packets;
  }

  sent(item: number): number {
    return this.u32[((item * this.stride) >>> 2) + 1];
  }

  setSent(item: number, packets: number): void {
    this.u32[((item * this.stride) >>> 2) + 1] = packets;
  }

  /** A receive call that ended at `tsc` brought `bytes` and made the item's packets `total`. */
  arrive(item: number, tsc: number, total: number, bytes: number): void {
    const base = item * this.stride;
    this.u32[base >>> 2] = total;
    this.f64[(base >>> 3) + 1] += bytes;
    const n = this.u32[(base >>> 2) + 4]++;
    const at = (base + HEAD + n * ARRIVAL) >>> 3;
    this.f64[at] = tsc;
    this.f64[at + 1] = total;
  }

  bytes(item: number): number {
    return this.f64[((item * this.stride) >>> 3) + 1];
  }

  arrivals(item: number): number {
    return this.u32[((item * this.stride) >>> 2) + 4];
  }

  arrivalTsc(item: number, n: number): number {
    return this.f64[(item * this.stride + HEAD + n * ARRIVAL) >>> 3];
  }

  /** Packets of the item once that call had returned. */
  arrivalTotal(item: number, n: number): number {
    return this.f64[((item * this.stride + HEAD + n * ARRIVAL) >>> 3) + 1];
  }

  /** Where the record of an item begins. */
  recordAddress(item: number): Address {
    return this.address + item * this.stride;
  }

  /** Where the fingerprint of a packet lies: an address for the shim … */
  fingerprintAddress(item: number, packet: number): Address {
    return this.recordAddress(item) + this.fingerprintsAt + packet * FINGERPRINT;
  }

  /** … and its first word in `words`. */
  fingerprintWord(item: number, packet: number): number {
    return (item * this.stride + this.fingerprintsAt + packet * FINGERPRINT) >>> 2;
  }

  get words(): Uint32Array {
    return this.u32;
  }
}
