/* Pools of mbufs: buffers beside their headers, or in memory of the caller's (GPU memory). */
#include <stdio.h>

#include <rte_dev.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>

#include "shim.h"

/* mempoolCreate(name, mbufs, cache, dataRoom, socket) → pool. dataRoom counts the headroom. */
static napi_value mempool_create(napi_env env, napi_callback_info info)
{
	ARGS(5);
	char name[RTE_MEMPOOL_NAMESIZE];
	arg_string(env, argv[0], name, sizeof(name));
	struct rte_mempool *pool =
		rte_pktmbuf_pool_create(name, arg_u32(env, argv[1]), arg_u32(env, argv[2]), 0,
					(uint16_t)arg_u32(env, argv[3]), arg_int(env, argv[4]));
	if (pool == NULL)
		return throw_errno(env, "rte_pktmbuf_pool_create", rte_errno);
	return number(env, (double)(uintptr_t)pool);
}

/*
 * mempoolCreateExternal(name, mbufs, cache, dataRoom, socket, address, bytes) → pool whose buffers
 * lie in [address, address + bytes). Register that memory first (extmemRegister).
 */
static napi_value mempool_create_external(napi_env env, napi_callback_info info)
{
	ARGS(7);
	char name[RTE_MEMPOOL_NAMESIZE];
	arg_string(env, argv[0], name, sizeof(name));
	struct rte_pktmbuf_extmem memory = {
		.buf_ptr = arg_pointer(env, argv[5]),
		.buf_iova = arg_u64(env, argv[5]),
		.buf_len = arg_u64(env, argv[6]),
		.elt_size = (uint16_t)arg_u32(env, argv[3]),
	};
	struct rte_mempool *pool = rte_pktmbuf_pool_create_extbuf(
		name, arg_u32(env, argv[1]), arg_u32(env, argv[2]), 0, memory.elt_size,
		arg_int(env, argv[4]), &memory, 1);
	if (pool == NULL)
		return throw_errno(env, "rte_pktmbuf_pool_create_extbuf", rte_errno);
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

struct extent {
	uintptr_t low, high;
};

static void widen(struct rte_mempool *pool, void *opaque, struct rte_mempool_memhdr *chunk,
		  unsigned int index)
{
	(void)pool, (void)index;
	struct extent *e = opaque;
	uintptr_t start = (uintptr_t)chunk->addr;
	if (start < e->low)
		e->low = start;
	if (start + chunk->len > e->high)
		e->high = start + chunk->len;
}

/* mempoolExtent(pool) → [address, bytes]: the span of memory in which the pool's objects lie */
static napi_value mempool_extent(napi_env env, napi_callback_info info)
{
	ARGS(1);
	struct extent e = { .low = UINTPTR_MAX, .high = 0 };
	rte_mempool_mem_iter(arg_pointer(env, argv[0]), widen, &e);
	napi_value pair;
	napi_create_array_with_length(env, 2, &pair);
	napi_set_element(env, pair, 0, number(env, (double)e.low));
	napi_set_element(env, pair, 1, number(env, (double)(e.high - e.low)));
	return pair;
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

/* mbufFree(array, count): whole chains, each to its own pool */
static napi_value mbuf_free(napi_env env, napi_callback_info info)
{
	ARGS(2);
	rte_pktmbuf_free_bulk(arg_pointer(env, argv[0]), arg_u32(env, argv[1]));
	return NULL;
}

const struct method mempool_methods[] = {
	{ "mempoolCreate", mempool_create },
	{ "mempoolCreateExternal", mempool_create_external },
	{ "extmemRegister", extmem_register },
	{ "extmemUnregister", extmem_unregister },
	{ "mempoolFree", mempool_free },
	{ "mempoolAvailable", mempool_available },
	{ "mempoolExtent", mempool_extent },
	{ "mbufAllocate", mbuf_allocate },
	{ "mbufFree", mbuf_free },
	{ NULL, NULL },
};
