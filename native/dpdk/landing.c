/*
 * Landing: a port whose buffers must be ordinary pages (net_af_xdp) receives into a pool of such, and
 * its frames move from there into mbufs of the run's pool, whose buffers are the device's.
 */
#include <stdio.h>

#include <rte_mbuf.h>

#include "shim.h"

/* What lands where. src/dpdk/landing-turn.ts has the same layout: change both. */
struct landing {
	uint64_t mbufs;   /* struct rte_mbuf *[count] received; then those in their place @0  */
	uint64_t packets; /* {addr, size}[count] to change, 0: none                       @8  */
	uint64_t fresh;   /* struct rte_mbuf *[held], empty ones of the run's pool        @16 */
	uint64_t pool;    /* struct rte_mempool * of those                                @24 */
	int64_t delta;    /* device address - CPU address of their buffers                @32 */
	uint32_t count;   /*                                                              @40 */
	uint32_t want;    /* how many of them to hold                                     @44 */
	uint32_t held;    /*                                                              @48 */
};

/* Takes what is wanting, before anything is received: so no frame lands that cannot move on. */
static napi_value stock(napi_env env, napi_callback_info info)
{
	struct landing *l;
	napi_get_cb_info(env, info, NULL, NULL, NULL, (void **)&l);
	struct rte_mbuf **fresh = (struct rte_mbuf **)(uintptr_t)l->fresh;
	struct rte_mempool *pool = (struct rte_mempool *)(uintptr_t)l->pool;
	if (l->held < l->want &&
	    rte_pktmbuf_alloc_bulk(pool, fresh + l->held, l->want - l->held) == 0)
		l->held = l->want;
	return NULL;
}

/* A frame in one segment: such a port has no others. `to` keeps its flag of an external buffer. */
static inline void move(const struct rte_mbuf *from, struct rte_mbuf *to)
{
	uint16_t length = RTE_MIN(from->data_len, rte_pktmbuf_tailroom(to));
	__rte_pktmbuf_copy_hdr(to, from);
	to->data_len = length;
	to->pkt_len = length;
	memcpy(rte_pktmbuf_mtod(to, void *), rte_pktmbuf_mtod(from, const void *), length);
}

/* Moves what was received: `count` is no more than `held`. */
static napi_value land(napi_env env, napi_callback_info info)
{
	struct landing *l;
	napi_get_cb_info(env, info, NULL, NULL, NULL, (void **)&l);
	struct rte_mbuf **mbufs = (struct rte_mbuf **)(uintptr_t)l->mbufs;
	struct packet *packets = (struct packet *)(uintptr_t)l->packets;
	l->held -= l->count;
	struct rte_mbuf **fresh = (struct rte_mbuf **)(uintptr_t)l->fresh + l->held;
	for (uint32_t i = 0; i < l->count; i++) {
		move(mbufs[i], fresh[i]);
		if (packets != NULL)
			packets[i].addr = (uint64_t)(rte_pktmbuf_mtod(fresh[i], intptr_t) + l->delta);
	}
	rte_pktmbuf_free_bulk(mbufs, l->count);
	memcpy(mbufs, fresh, l->count * sizeof(*mbufs));
	/* A status stored later must not be seen before what is in write-combining buffers. */
	rte_wmb();
	return NULL;
}

/* bindStock(block), bindLand(block) → () => void: over the struct landing at that address */
static napi_value bind_stock(napi_env env, napi_callback_info info)
{
	return bound(env, info, "stock", stock);
}

static napi_value bind_land(napi_env env, napi_callback_info info)
{
	return bound(env, info, "land", land);
}

const struct method landing_methods[] = {
	{ "bindStock", bind_stock },
	{ "bindLand", bind_land },
	{ NULL, NULL },
};
