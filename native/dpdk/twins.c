/* Twins: mbufs of another pool, shaped as a burst's are, whose bytes a device is to write. */
#include <stdio.h>

#include <rte_mbuf.h>

#include "shim.h"

/* What the device has to copy: struct segment of src/kernels/unload.ts. */
struct segment {
	uint64_t from, to, size, unused;
};

/* Whose twins are made or take over. src/dpdk/twins.ts has the same layout: change both. */
struct twins {
	uint64_t mbufs;      /* struct rte_mbuf *[count]                            @0  */
	uint64_t twins;      /* struct rte_mbuf *[count] to fill, to empty          @8  */
	uint64_t segments;   /* struct segment[slots], a ring                       @16 */
	uint64_t packets;    /* take over: {addr, size}[count] to change, 0: none   @24 */
	uint64_t pool;       /* struct rte_mempool * of the twins                   @32 */
	int64_t from_delta;  /* device address - CPU address, of the mbufs' buffers @40 */
	int64_t to_delta;    /* … and of the twins'                                 @48 */
	uint32_t count;      /*                                                     @56 */
	uint32_t slots;      /*                                                     @60 */
	uint32_t next;       /* make: the slot to be filled next                    @64 */
	uint32_t described;  /* make: how many were filled                          @68 */
	uint32_t made;       /* make: 0 when the pool had too few                   @72 */
	uint32_t behind;     /* 1: first segments stay; twins are of what follows   @76 */
};

/* mbufs that are fetched ahead of the one at hand. */
#define AHEAD 8

static inline void describe(struct twins *t, const struct rte_mbuf *from, const struct rte_mbuf *to)
{
	struct segment *s = (struct segment *)(uintptr_t)t->segments + t->next;
	s->from = (uint64_t)(rte_pktmbuf_mtod(from, intptr_t) + t->from_delta);
	s->to = (uint64_t)(rte_pktmbuf_mtod(to, intptr_t) + t->to_delta);
	s->size = from->data_len;
	t->next = t->next + 1 == t->slots ? 0 : t->next + 1;
	t->described++;
}

/* Makes `twin`, an empty mbuf, one of the whole chain; false when the pool had too few for it. */
static bool twin_of(struct twins *t, const struct rte_mbuf *m, struct rte_mbuf *twin)
{
	__rte_pktmbuf_copy_hdr(twin, m);
	twin->ol_flags = m->ol_flags & ~(RTE_MBUF_F_INDIRECT | RTE_MBUF_F_EXTERNAL);
	twin->pkt_len = m->pkt_len;
	twin->nb_segs = m->nb_segs;
	/* Whoever frees it looks there (rte_pktmbuf_prefree_seg). */
	rte_prefetch0(m->shinfo);
	for (;;) {
		twin->data_off = m->data_off;
		twin->data_len = m->data_len;
		if (m->data_len != 0)
			describe(t, m, twin);
		m = m->next;
		if (m == NULL)
			return true;
		twin->next = rte_pktmbuf_alloc((struct rte_mempool *)(uintptr_t)t->pool);
		if (twin->next == NULL)
			return false;
		twin = twin->next;
	}
}

/* Of split frames: a twin for what follows the first segment, NULL where nothing does. */
static bool twin_behind(struct twins *t, const struct rte_mbuf *m, struct rte_mbuf **twin)
{
	*twin = NULL;
	if (m->next == NULL)
		return true;
	*twin = rte_pktmbuf_alloc((struct rte_mempool *)(uintptr_t)t->pool);
	return *twin != NULL && twin_of(t, m->next, *twin);
}

static bool make_behind(struct twins *t, struct rte_mbuf **mbufs, struct rte_mbuf **twins)
{
	memset(twins, 0, t->count * sizeof(*twins));
	for (uint32_t i = 0; i < t->count; i++)
		if (!twin_behind(t, mbufs[i], &twins[i]))
			return false;
	return true;
}

static bool make_whole(struct twins *t, struct rte_mbuf **mbufs, struct rte_mbuf **twins)
{
	if (rte_pktmbuf_alloc_bulk((struct rte_mempool *)(uintptr_t)t->pool, twins, t->count) != 0) {
		memset(twins, 0, t->count * sizeof(*twins));
		return false;
	}
	for (uint32_t i = 0; i < t->count; i++) {
		/* They come from the RX lcore's cache; whether more follow stands in the second line. */
		if (i + AHEAD < t->count) {
			rte_prefetch0(mbufs[i + AHEAD]);
			rte_prefetch0(&mbufs[i + AHEAD]->next);
		}
		if (!twin_of(t, mbufs[i], twins[i]))
			return false;
	}
	return true;
}

/* All or none: without a twin for every frame nothing has changed. */
static napi_value make(napi_env env, napi_callback_info info)
{
	struct twins *t;
	napi_get_cb_info(env, info, NULL, NULL, NULL, (void **)&t);
	struct rte_mbuf **mbufs = (struct rte_mbuf **)(uintptr_t)t->mbufs;
	struct rte_mbuf **twins = (struct rte_mbuf **)(uintptr_t)t->twins;
	const uint32_t first = t->next;
	t->described = 0;
	t->made = t->behind ? make_behind(t, mbufs, twins) : make_whole(t, mbufs, twins);
	if (t->made)
		return NULL;
	rte_pktmbuf_free_bulk(twins, t->count);
	memset(twins, 0, t->count * sizeof(*twins));
	t->next = first;
	t->described = 0;
	return NULL;
}

/* The twins follow the first segments, where they have what followed before. */
static void take_over_behind(struct twins *t, struct rte_mbuf **mbufs, struct rte_mbuf **twins)
{
	struct packet *packets = (struct packet *)(uintptr_t)t->packets;
	for (uint32_t i = 0; i < t->count; i++) {
		if (twins[i] == NULL)
			continue;
		rte_pktmbuf_free(mbufs[i]->next);
		mbufs[i]->next = twins[i];
		if (packets != NULL)
			packets[i].addr =
				(uint64_t)(rte_pktmbuf_mtod(twins[i], intptr_t) + t->to_delta);
	}
	memset(twins, 0, t->count * sizeof(*twins));
}

/* The twins stand where the mbufs stood, which go back to their pool. */
static napi_value take_over(napi_env env, napi_callback_info info)
{
	struct twins *t;
	napi_get_cb_info(env, info, NULL, NULL, NULL, (void **)&t);
	struct rte_mbuf **mbufs = (struct rte_mbuf **)(uintptr_t)t->mbufs;
	struct rte_mbuf **twins = (struct rte_mbuf **)(uintptr_t)t->twins;
	struct packet *packets = (struct packet *)(uintptr_t)t->packets;
	if (t->behind) {
		take_over_behind(t, mbufs, twins);
		return NULL;
	}
	/* The port will read what the device has written: fetched now, not one frame after the other. */
	for (uint32_t i = 0; i < t->count; i++)
		rte_prefetch0(rte_pktmbuf_mtod(twins[i], const void *));
	rte_pktmbuf_free_bulk(mbufs, t->count);
	memcpy(mbufs, twins, t->count * sizeof(*mbufs));
	memset(twins, 0, t->count * sizeof(*twins));
	for (uint32_t i = 0; packets != NULL && i < t->count; i++)
		packets[i].addr = (uint64_t)(rte_pktmbuf_mtod(mbufs[i], intptr_t) + t->to_delta);
	return NULL;
}

/* bindMakeTwins(block), bindTakeOver(block) → () => void: over the struct twins at that address */
static napi_value bind_make_twins(napi_env env, napi_callback_info info)
{
	return bound(env, info, "makeTwins", make);
}

static napi_value bind_take_over(napi_env env, napi_callback_info info)
{
	return bound(env, info, "takeOver", take_over);
}

const struct method twins_methods[] = {
	{ "bindMakeTwins", bind_make_twins },
	{ "bindTakeOver", bind_take_over },
	{ NULL, NULL },
};
