import { HostMemory, type Window } from '../memory/memory.js';
import { type Address, native } from '../memory/native.js';

/*
 * A turn: one call that sends a burst and receives the next, on one queue of one port. Its arguments
 * and results lie in a block of shared memory; the call itself takes and returns nothing.
 * native/dpdk/burst.c has the same layout (struct turn): change both.
 *
 *   @0    tx_mbufs f64 │ rx_mbufs f64 │ rx_packets f64 │ delta i64 │ port │ queue │ tx_count │ rx_max │
 *         tx_bytes f64 │ gated                                                             request
 *   @64   tsc f64 │ sent │ received │ shortest │ chained │ rx_bytes f64                    result
 *   @128  tx packets │ tx bytes │ rx packets │ rx bytes │ calls │ empty calls │
 *         busy cycles │ idle cycles                                            (f64)     totals
 *   @192  soon_mbufs f64 │ soon_count │ later_bytes │ later_mbufs f64 │ later f64[2]       look-ahead
 *   @232  stalls │ stalled cycles (f64)                                              totals
 */
export const TURN_BYTES = 256;

/** 32-bit words … */
const [PORT, QUEUE, TX_COUNT, RX_MAX, GATED] = [8, 9, 10, 11, 14];
const [SOON_COUNT, LATER_BYTES] = [50, 51];
const [SENT, RECEIVED, SHORTEST, CHAINED] = [18, 19, 20, 21];
/** … and those of 64 bits. */
const [TX_MBUFS, RX_MBUFS, RX_PACKETS, TX_BYTES_NOW, TSC, RX_BYTES_NOW] = [0, 1, 2, 6, 8, 11];
const [SOON_MBUFS, LATER_MBUFS, LATER0, LATER1] = [24, 26, 27, 28];
const [TX_PACKETS, TX_BYTES, RX_PACKETS_TOTAL, RX_BYTES, CALLS, EMPTY] = [16, 17, 18, 19, 20, 21];
const [BUSY_CYCLES, IDLE_CYCLES, STALLS, STALLED] = [22, 23, 29, 30];

export class Turn {
  /** Makes the call. Afterwards the results below are those of this call. */
  run: () => void;
  private readonly u32: Uint32Array;
  private readonly f64: Float64Array;

  /** A turn over the TURN_BYTES at `address` (a multiple of 64), which lie in `window`. */
  constructor(window: Window, address: Address) {
    const offset = address - window.address;
    this.u32 = new Uint32Array(window.buffer, offset, TURN_BYTES / 4);
    this.f64 = new Float64Array(window.buffer, offset, TURN_BYTES / 8);
    this.run = native.bindTurn(address);
  }

  /** A turn in memory of its own, for programs with one thread. */
  static alone(): Turn {
    const memory = new HostMemory(TURN_BYTES);
    return new Turn(memory.window, memory.address);
  }

  /** Which queue of which port, and what to add to a CPU address to get the device's. */
  aim(port: number, queue: number, delta = 0): this {
    this.u32[PORT] = port;
    this.u32[QUEUE] = queue;
    // Where the driver takes its rings down beside us, a turn made meanwhile moves nothing.
    this.u32[GATED] = native.portGated(port) ? 1 : 0;
    new BigInt64Array(this.u32.buffer, this.u32.byteOffset + 24, 1)[0] = BigInt(delta);
    return this;
  }

  /** Receive up to `max` frames: pointers to `mbufs`, {address, size} to `packets` (0: unwanted). */
  receiveInto(mbufs: Address, packets: Address, max: number): void {
    this.f64[RX_MBUFS] = mbufs;
    this.f64[RX_PACKETS] = packets;
    this.u32[RX_MAX] = max;
  }

  receiveNothing(): void {
    this.u32[RX_MAX] = 0;
  }

  /** Send `count` frames whose mbuf pointers start at `mbufs`: `bytes` in all. */
  send(mbufs: Address, count: number, bytes: number): void {
    this.f64[TX_BYTES_NOW] = bytes;
    this.sendRest(mbufs, count);
  }

  /** Send what is left of the frames of the last `send`, if any. */
  sendRest(mbufs: Address, count: number): void {
    this.f64[TX_MBUFS] = mbufs;
    this.u32[TX_COUNT] = count;
  }

  /**
   * What this lcore will send soon, for `send` to fetch into its cache: the `count` mbufs in the array
   * at `soon`, and, later still, an array of so many at `later`, and two more cache lines. All of it
   * may be out of date by then: nothing is done with it.
   */
  lookAhead(soon: Address, count: number, later: Address, line0: Address, line1: Address): void {
    const { u32, f64 } = this;
    f64[SOON_MBUFS] = soon;
    u32[SOON_COUNT] = count;
    u32[LATER_BYTES] = 8 * count;
    f64[LATER_MBUFS] = later;
    f64[LATER0] = line0;
    f64[LATER1] = line1;
  }

  /** The same where what it sends is in its cache anyway, but for one line. */
  lookAt(line: Address): void {
    this.f64[LATER0] = line;
  }

  lookNowhere(): void {
    this.f64[LATER0] = 0;
  }

  sendNothing(): void {
    this.u32[TX_COUNT] = 0;
  }

  /** How many frames the next call may receive. */
  protected get most(): number {
    return this.u32[RX_MAX];
  }
  protected set most(max: number) {
    this.u32[RX_MAX] = max;
  }

  /** Frames the port took; the others are still ours. */
  get sent(): number {
    return this.u32[SENT];
  }
  get received(): number {
    return this.u32[RECEIVED];
  }
  /** Bytes in the smallest first segment received; 2^32 - 1 if none was looked at. */
  get shortest(): number {
    return this.u32[SHORTEST];
  }
  /** Frames received in more than one segment. */
  get chained(): number {
    return this.u32[CHAINED];
  }
  /** Bytes received. */
  get receivedBytes(): number {
    return this.f64[RX_BYTES_NOW];
  }
  /** Time-stamp counter when the call was over. */
  get tsc(): number {
    return this.f64[TSC];
  }

  get txPackets(): number {
    return this.f64[TX_PACKETS];
  }
  get txBytes(): number {
    return this.f64[TX_BYTES];
  }
  get rxPackets(): number {
    return this.f64[RX_PACKETS_TOTAL];
  }
  get rxBytes(): number {
    return this.f64[RX_BYTES];
  }
  get calls(): number {
    return this.f64[CALLS];
  }
  /** Calls that moved nothing: the idle share. */
  get emptyCalls(): number {
    return this.f64[EMPTY];
  }
  /**
   * Cycles that the calling threads worked: in calls that moved packets and in what followed them,
   * until the next call or until they waited (native/dpdk/shim.h, struct lap).
   */
  get busyCycles(): number {
    return this.f64[BUSY_CYCLES];
  }
  /** Cycles that they spent in empty calls and waiting. */
  get idleCycles(): number {
    return this.f64[IDLE_CYCLES];
  }
  /** Times that they stood still for 100 µs or longer between two calls, where they did not wait … */
  get stalls(): number {
    return this.f64[STALLS];
  }
  /** … and cycles of these times. */
  get stalledCycles(): number {
    return this.f64[STALLED];
  }
}
