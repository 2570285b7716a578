import { windowAt } from '../memory/memory.js';
import type { Address } from '../memory/native.js';
import { LINE, Status } from './comm-list-layout.js';

const STRIDE = LINE / 8;

/**
 * Doorbells of a comm list: a line for each item in device memory that the CPU has mapped, so that a
 * kernel polls its own memory and not the host's across PCIe.
 *
 *     @0  READY or FREE u32 │ num_pkts u32 │ unused
 *
 * The CPU rings, with one store of 64 bits, and never reads a bell: that would take a microsecond.
 * The kernel that takes an item stores FREE in its bell, and at the end DONE or ERROR in the item's
 * status word, which is in host memory and is what the CPU polls.
 */
export class Doorbells {
  readonly #bells: Float64Array;
  /** The 64 bits to be stored: no exponent is set, so they are no NaN whatever the count is. */
  readonly #both = new Float64Array(1);
  readonly #words = new Uint32Array(this.#both.buffer);

  /** `address`: as the CPU sees them. */
  constructor(address: Address, items: number) {
    this.#bells = windowAt(address, items * LINE).f64;
    this.#words[0] = Status.READY;
  }

  /** Tells the device of an item and its packets. The stores before must have left the CPU (CommList). */
  ring(item: number, packets: number): void {
    this.#words[1] = packets;
    this.#bells[item * STRIDE] = this.#both[0];
  }

  /** Takes back what was rung, if no kernel has taken the item yet. */
  silence(item: number): void {
    this.#bells[item * STRIDE] = 0;
  }
}
