import type { Window } from '../memory/memory.js';
import type { Address } from '../memory/native.js';
import { publish } from '../memory/publish.js';

/*
 * How far a path has got, a cache line for each writer:
 *
 *   @0    RX   handed u32: items handed on │ open u32: 1 while the next one is being filled
 *   @64   RX   closed u32: 1 once nothing more will be handed on
 *   @128  TX   freed u32: items freed │ item u32: the place in the list of the one to be freed next
 *
 * Both counts wrap at 2^32; their difference is how many items are under way, from `item` on.
 * `closed` is apart, because the TX end looks at it all the time, and at `handed` only then.
 */
export const PATH_WORDS_BYTES = 192;
const HANDED = 0;
const OPEN = 1;
const CLOSED = 16;
const FREED = 32;
const ITEM = 33;

/** The words that the two ends of a path exchange; anyone may read them. */
export class PathWords {
  private readonly u32: Uint32Array;

  constructor(window: Window, address: Address) {
    const offset = address - window.address;
    this.u32 = new Uint32Array(window.buffer, offset, PATH_WORDS_BYTES / 4);
  }

  get handed(): number {
    return Atomics.load(this.u32, HANDED);
  }
  set handed(items: number) {
    publish(this.u32, HANDED, items);
  }

  /** Whether an item is being filled: the one after those handed on. */
  get open(): boolean {
    return Atomics.load(this.u32, OPEN) !== 0;
  }
  set open(open: boolean) {
    publish(this.u32, OPEN, open ? 1 : 0);
  }

  get closed(): boolean {
    return Atomics.load(this.u32, CLOSED) !== 0;
  }
  close(): void {
    publish(this.u32, CLOSED, 1);
  }

  get freed(): number {
    return Atomics.load(this.u32, FREED);
  }
  get item(): number {
    return Atomics.load(this.u32, ITEM);
  }

  /** Items were freed, `freed` of them until now; the next is the list's `item`. */
  free(freed: number, item: number): void {
    this.u32[ITEM] = item;
    publish(this.u32, FREED, freed);
  }

  /** Items handed on and not freed. */
  get underWay(): number {
    const { freed } = this;
    return (this.handed - freed) >>> 0;
  }
}
