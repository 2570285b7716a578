import { fail } from '../errors.js';
import { HostMemory } from '../memory/memory.js';
import { type Handle, native } from '../memory/native.js';
import { lastWords } from './eal.js';

/** mbufs taken out in one call. */
const BURST = 64;

/**
 * A ring of mbufs (`rte_ring`), one thread at each end: what a net_ring port's queue is. Source:
 * rte_ring.h; DPDK Programmer's Guide, "Ring Library".
 */
export class Ring {
  private open = true;

  private constructor(readonly handle: Handle) {}

  /** `slots`: a power of two; one less fits in. The name is the process's own. */
  static create(name: string, slots: number): Ring {
    native.logTake();
    try {
      return new Ring(native.ringCreate(name, slots));
    } catch (cause) {
      return fail('PORT_ATTACH', { devargs: name, reason: lastWords(cause) });
    }
  }

  /** Nobody may use either end any more. mbufs still in it go back to their pool. */
  free(): void {
    if (!this.open) return;
    this.open = false;
    const memory = new HostMemory(BURST * 8);
    for (;;) {
      const left = native.ringDequeue(this.handle, memory.address, BURST);
      if (left === 0) break;
      native.mbufFree(memory.address, left);
    }
    memory.release();
    native.ringFree(this.handle);
  }
}
