import { storeAddress, type Window, windowAt } from '../memory/memory.js';
import { type Address, type Handle, native } from '../memory/native.js';
import { Turn } from './turn.js';

/*
 * What a landing turn works on, in memory shared with native/dpdk/landing.c (struct landing): change
 * both. Behind it the fresh mbufs' pointers.
 *
 *   @0   mbufs │ packets │ fresh │ pool │ delta │ count u32 │ want u32 │ held u32
 */
const LANDING_BYTES = 64;

const [MBUFS, PACKETS, FRESH, POOL, DELTA, COUNT, WANT, HELD] = [0, 2, 4, 6, 4, 10, 11, 12];

/** How frames get into the run's pool from a port that is filled from another. */
export interface LandingShare {
  /** Landing's own memory: `landingBytes` at a multiple of 64. */
  memory: Address;
  bytes: number;
  /** The run's pool, and what leads from the CPU's address of its buffers to the device's. */
  pool: Handle;
  delta: number;
}

/** Memory that landing wants for bursts of up to `burst` packets. */
export function landingBytes(burst: number): number {
  return LANDING_BYTES + 8 * burst;
}

/** Gives the mbufs back that wait for frames: when all lcores have ended. */
export function freeFresh({ memory, bytes }: LandingShare): void {
  const { u32 } = windowAt(memory, bytes);
  native.mbufFree(memory + LANDING_BYTES, u32[HELD]);
  u32[HELD] = 0;
}

/**
 * A turn that moves what it receives into mbufs of another pool: for a port whose own must lie in
 * ordinary pages (net_af_xdp makes its mempool the kernel's UMEM). It receives no more than it has
 * such mbufs for: where the pool is empty frames stay with the port.
 *
 *   port ──► mbufs of the port's pool ──copy──► mbufs of the run's pool ──► item
 */
export class LandingTurn extends Turn {
  private readonly words: Uint32Array;

  constructor(window: Window, address: Address, { memory, bytes, pool, delta }: LandingShare) {
    super(window, address);
    const { u32: words, buffer } = windowAt(memory, bytes);
    this.words = words;
    storeAddress(words, FRESH, memory + LANDING_BYTES);
    storeAddress(words, POOL, pool);
    new BigInt64Array(buffer, 0, LANDING_BYTES / 8)[DELTA] = BigInt(delta);
    const [stock, land] = [native.bindStock(memory), native.bindLand(memory)];
    const turn = this.run;
    this.run = () => {
      if (this.most !== 0) {
        words[WANT] = this.most;
        stock();
        if (words[HELD] < this.most) this.most = words[HELD];
      }
      turn();
      if (this.received === 0) return;
      words[COUNT] = this.received;
      land();
    };
  }

  override receiveInto(mbufs: Address, packets: Address, max: number): void {
    super.receiveInto(mbufs, packets, max);
    storeAddress(this.words, MBUFS, mbufs);
    storeAddress(this.words, PACKETS, packets);
  }
}
