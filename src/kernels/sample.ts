/*
 * What a traced kernel leaves of an item: when it worked on it, by the device's own clock.
 *
 *   @0   began u64: the block began to wait for it, where known; else `start`
 *   @8   start u64: it took the item
 *   @16  end u64: it has done its work, and is about to store DONE
 *   @24  block u32 │ @28 multiprocessor u32
 *
 * Only items of which somebody wants to know have one: their number, from 1 on, stands above the
 * packets in the word beside the status (src/methods/traced.ts), which kernels read anyway.
 */
export const SAMPLE_BYTES = 32;

/** Bits of that word that count packets: 1024 at most. */
export const SAMPLE_SHIFT = 11;

/**
 * A kernel has no more than KERNEL_ARGS arguments: for a traced one the items of the list and the
 * bytes of a body share one, `items + bytes * ITEMS_LIMIT`, and the samples stand in the other's
 * place.
 */
export const ITEMS_LIMIT = 2 ** 32;
