/* Pools of mbufs: buffers beside their headers, or in memory of the caller's (GPU memory). */
#include <stdio.h>

#include <rte_dev.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>

#include "shim.h"

static uint32_t element_size(uint32_t room, bool external)
{
	return sizeof(struct rte_mbuf) +
	       (external ? sizeof(struct rte_mbuf_ext_shared_info) : room);
}

/* mempoolBytes(mbufs, dataRoom, external) → memory that mempoolCreate needs for so many */
static napi_value mempool_bytes(napi_env env, napi_callback_info info)
{
	ARGS(3);
	uint32_t element = element_size(arg_u32(env, argv[1]), arg_u32(env, argv[2]) != 0);
	double each = rte_mempool_calc_obj_size(element, RTE_MEMPOOL_F_NO_IOVA_CONTIG, NULL);
	return number(env, arg_double(env, argv[0]) * each + RTE_CACHE_LINE_SIZE);
}

struct buffers {
	char *address;
	uint16_t room;
};

/* The last that shared a pinned buffer is gone: the mbuf goes back to its pool. */
static void free_pinned(void *address, void *opaque)
{
	(void)address;
	struct rte_mbuf *m = opaque;
	rte_mbuf_ext_refcnt_set(m->shinfo, 1);
	m->ol_flags = RTE_MBUF_F_EXTERNAL;
	m->next = NULL;
	m->nb_segs = 1;
	rte_mbuf_raw_free(m);
}

/* An mbuf whose buffer is pinned to it (RTE_PKTMBUF_POOL_F_PINNED_EXT_BUF). */
static void init_pinned(struct rte_mempool *pool, void *opaque, void *object, unsigned i)
{
	const struct buffers *buffers = opaque;
	struct rte_mbuf *m = object;
	struct rte_mbuf_ext_shared_info *shared = (void *)(m + 1);
	memset(m, 0, sizeof(*m));
	m->pool = pool;
	m->buf_addr = buffers->address + (size_t)i * buffers->room;
	m->buf_iova = (rte_iova_t)(uintptr_t)m->buf_addr;
	m->buf_len = buffers->room;
	m->data_off = RTE_PKTMBUF_HEADROOM;
	m->nb_segs = 1;
	m->port = RTE_MBUF_PORT_INVALID;
	m->ol_flags = RTE_MBUF_F_EXTERNAL;
	m->shinfo = shared;
	rte_mbuf_refcnt_set(m, 1);
	shared->free_cb = free_pinned;
	shared->fcb_opaque = m;
	rte_mbuf_ext_refcnt_set(shared, 1);
}

/*
 * mempoolCreate(name, mbufs, cache, dataRoom, address, bytes, buffers, ops) → pool whose mbufs lie in that
 * memory; their buffers behind them, or, with `buffers` not 0, one after another at that address.
 * dataRoom counts the headroom. What rte_pktmbuf_pool_create and rte_pktmbuf_pool_create_extbuf do,
 * in memory of the caller's: EAL's own is small pages when there are no huge ones.
 */
static napi_value mempool_create(napi_env env, napi_callback_info info)
{
	ARGS(8);
	char name[RTE_MEMPOOL_NAMESIZE], ops[RTE_MEMPOOL_OPS_NAMESIZE];
	arg_string(env, argv[0], name, sizeof(name));
	arg_string(env, argv[7], ops, sizeof(ops));
	uint32_t mbufs = arg_u32(env, argv[1]), room = arg_u32(env, argv[3]);
	char *memory = arg_pointer(env, argv[4]);
	struct buffers buffers = { arg_pointer(env, argv[6]), (uint16_t)room };
	bool external = buffers.address != NULL;
	struct rte_pktmbuf_pool_private settings = {
		.mbuf_data_room_size = (uint16_t)room,
		.flags = external ? RTE_PKTMBUF_POOL_F_PINNED_EXT_BUF : 0,
	};
	struct rte_mempool *pool = rte_mempool_create_empty(
		name, mbufs, element_size(room, external), arg_u32(env, argv[2]),
		sizeof(struct rte_pktmbuf_pool_private), SOCKET_ID_ANY,
		RTE_MEMPOOL_F_NO_IOVA_CONTIG);
	if (pool == NULL)
		return throw_errno(env, "rte_mempool_create_empty", rte_errno);
	int rc = rte_mempool_set_ops_byname(pool, ops, NULL);
	if (rc != 0) {
		rte_mempool_free(pool);
		return throw_errno(env, "rte_mempool_set_ops_byname", -rc);
	}
	rte_pktmbuf_pool_init(pool, &settings);
	int n = rte_mempool_populate_iova(pool, memory, (rte_iova_t)(uintptr_t)memory,
					  arg_u64(env, argv[5]), NULL, NULL);
	if (n != (int)mbufs) {
		rte_mempool_free(pool);
		return throw_errno(env, "rte_mempool_populate_iova", n < 0 ? -n : ENOMEM);
	}
	if (external)
		rte_mempool_obj_iter(pool, init_pinned, &buffers);
	else
		rte_mempool_obj_iter(pool, rte_pktmbuf_init, NULL);
	return number(env, (double)(uintptr_t)pool);
}

/* extmemRegister(address, bytes, pageSize), extmemUnregister(address, bytes) */
static napi_value extmem_register(napi_env env, napi_callback_info info)
{
	ARGS(3);
	if (rte_extmem_register(arg_pointer(env, argv[0]), arg_u64(env, argv[1]), NULL, 0,
				arg_u64(env, argv[2])) != 0)
		return throw_errno(env, "rte_extmem_register", rte_errno);
	return NULL;
}

static napi_value extmem_unregister(napi_env env, napi_callback_info info)
{
	ARGS(2);
	if (rte_extmem_unregister(arg_pointer(env, argv[0]), arg_u64(env, argv[1])) != 0)
		return throw_errno(env, "rte_extmem_unregister", rte_errno);
	return NULL;
}

static napi_value mempool_free(napi_env env, napi_callback_info info)
{
	ARGS(1);
	rte_mempool_free(arg_pointer(env, argv[0]));
	return NULL;
}

/* mempoolAvailable(pool) → mbufs in the pool, its lcore caches counted in */
static napi_value mempool_available(napi_env env, napi_callback_info info)
{
	ARGS(1);
	return number(env, rte_mempool_avail_count(arg_pointer(env, argv[0])));
}

/* mbufAllocate(pool, array, count) → whether `count` mbufs now stand in the array at that address */
static napi_value mbuf_allocate(napi_env env, napi_callback_info info)
{
	ARGS(3);
	int rc = rte_pktmbuf_alloc_bulk(arg_pointer(env, argv[0]), arg_pointer(env, argv[1]),
					arg_u32(env, argv[2]));
	napi_value ok;
	napi_get_boolean(env, rc == 0, &ok);
	return ok;
}

/* mbufLinearize(array, count): the bytes of each chain behind those of its first segment, in that */
static napi_value mbuf_linearize(napi_env env, napi_callback_info info)
{
	ARGS(2);
	struct rte_mbuf **mbufs = arg_pointer(env, argv[0]);
	uint32_t count = arg_u32(env, argv[1]);
	for (uint32_t i = 0; i < count; i++)
		if (rte_pktmbuf_linearize(mbufs[i]) != 0)
			return throw_errno(env, "rte_pktmbuf_linearize", ENOSPC);
	return NULL;
}

/* mbufFree(array, count): whole chains, each to its own pool */
static napi_value mbuf_free(napi_env env, napi_callback_info info)
{
	ARGS(2);
	rte_pktmbuf_free_bulk(arg_pointer(env, argv[0]), arg_u32(env, argv[1]));
	return NULL;
}

const struct method mempool_methods[] = {
	{ "mempoolBytes", mempool_bytes },
	{ "mempoolCreate", mempool_create },
	{ "extmemRegister", extmem_register },
	{ "extmemUnregister", extmem_unregister },
	{ "mempoolFree", mempool_free },
	{ "mempoolAvailable", mempool_available },
	{ "mbufAllocate", mbuf_allocate },
	{ "mbufLinearize", mbuf_linearize },
	{ "mbufFree", mbuf_free },
	{ NULL, NULL },
};
