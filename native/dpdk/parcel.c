/* Frames between mbufs and one piece of memory, which is copied to a device and back as a whole. */
#include <stdio.h>

#include <rte_common.h>
#include <rte_mbuf.h>
#include <rte_memcpy.h>

#include "shim.h"

/* What is packed or unpacked. src/dpdk/parcel.ts has the same layout: change both. */
struct parcel {
	uint64_t mbufs;   /* struct rte_mbuf *[count]                    @0 */
	uint64_t packets; /* pack: {addr, size}[count] to fill           @8 */
	uint64_t memory;  /* where the frames lie, one behind the other  @16 */
	uint64_t seen;    /* pack: the same place as the device sees it  @24 */
	uint32_t count;   /*                                             @32 */
	uint32_t bytes;   /* pack: what they take there                  @36 */
};

/* Frames begin on cache lines, as they do in an mbuf: kernels may count on it. */
static inline uint32_t room(const struct rte_mbuf *m)
{
	return RTE_ALIGN_CEIL((uint32_t)m->data_len, RTE_CACHE_LINE_SIZE);
}

/* First segments into the parcel: kernels see no more of a frame, wherever it lies. */
static napi_value pack(napi_env env, napi_callback_info info)
{
	struct parcel *p;
	napi_get_cb_info(env, info, NULL, NULL, NULL, (void **)&p);
	struct rte_mbuf **mbufs = (struct rte_mbuf **)(uintptr_t)p->mbufs;
	struct packet *packets = (struct packet *)(uintptr_t)p->packets;
	uint8_t *memory = (uint8_t *)(uintptr_t)p->memory;
	uint32_t at = 0;
	for (uint32_t i = 0; i < p->count; i++) {
		const struct rte_mbuf *m = mbufs[i];
		rte_memcpy(memory + at, rte_pktmbuf_mtod(m, const void *), m->data_len);
		packets[i].addr = p->seen + at;
		packets[i].size = m->data_len;
		at += room(m);
	}
	p->bytes = at;
	return NULL;
}

/* And back into the mbufs they came from, whose lengths must be as they were. */
static napi_value unpack(napi_env env, napi_callback_info info)
{
	struct parcel *p;
	napi_get_cb_info(env, info, NULL, NULL, NULL, (void **)&p);
	struct rte_mbuf **mbufs = (struct rte_mbuf **)(uintptr_t)p->mbufs;
	const uint8_t *memory = (const uint8_t *)(uintptr_t)p->memory;
	for (uint32_t i = 0; i < p->count; i++) {
		struct rte_mbuf *m = mbufs[i];
		rte_memcpy(rte_pktmbuf_mtod(m, void *), memory, m->data_len);
		memory += room(m);
	}
	return NULL;
}

/* bindPack(block), bindUnpack(block) → () => void: over the struct parcel at that address */
static napi_value bind_pack(napi_env env, napi_callback_info info)
{
	return bound(env, info, "pack", pack);
}

static napi_value bind_unpack(napi_env env, napi_callback_info info)
{
	return bound(env, info, "unpack", unpack);
}

const struct method parcel_methods[] = {
	{ "bindPack", bind_pack },
	{ "bindUnpack", bind_unpack },
	{ NULL, NULL },
};
