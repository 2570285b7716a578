/* Cache lines asked for before they are needed. */
#pragma once

#include <rte_lcore.h>
#include <rte_mempool.h>

/* Asks for a line that will be written: as this core's own (older processors take it for a NOP). */
static inline void fetch_own(const void *line)
{
	asm volatile("prefetchw %0" : : "m"(*(const uint8_t *)line));
}

/*
 * Asks for the `n` mbufs that this lcore will take from a pool next: those on top of its mempool
 * cache. Another lcore freed them, and they will be written.
 */
static inline void fetch_next(struct rte_mempool *pool, uint32_t n)
{
	struct rte_mempool_cache *cache = rte_mempool_default_cache(pool, rte_lcore_id());
	if (cache == NULL)
		return;
	n = RTE_MIN(n, cache->len);
	for (uint32_t i = 1; i <= n; i++) {
		const uint8_t *m = cache->objs[cache->len - i];
		fetch_own(m);
		fetch_own(m + 64);
	}
}
