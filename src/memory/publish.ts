/**
 * Stores a word after everything this thread stored before it: how a status or a counter is handed
 * to another lcore or to the device, once a burst.
 *
 * A plain store does that here: x86-64 keeps stores in order (Intel SDM vol. 3A, 8.2.3.2), and V8
 * moves no store to a typed array past another one or past a call. `Atomics.store` compiles to XCHG,
 * which also waits until every earlier store has reached the cache, whoever has its line at that
 * moment. Whoever reads uses `Atomics.load`.
 */
export function publish(words: Int32Array | Uint32Array, index: number, value: number): void {
  words[index] = value;
}
