/* Pools of mbufs: buffers beside their headers, or in memory of the caller's (GPU memory). */
#include <stdio.h>

#include <rte_dev.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>

#include "shim.h"

/* mempoolBytes(mbufs, dataRoom) → memory that mempoolCreate needs for so many */
static napi_value mempool_bytes(napi_env env, napi_callback_info info)
{
	ARGS(2);
	uint32_t element = sizeof(struct rte_mbuf) + arg_u32(env, argv[1]);
	double each = rte_mempool_calc_obj_size(element, RTE_MEMPOOL_F_NO_IOVA_CONTIG, NULL);
	return number(env, arg_double(env, argv[0]) * each + RTE_CACHE_LINE_SIZE);
}

/*
 * mempoolCreate(name, mbufs, cache, dataRoom, address, bytes) → pool whose mbufs, buffers behind
 * them, lie in that memory. dataRoom counts the headroom. What rte_pktmbuf_pool_create does, in
 * memory of the caller's: EAL's own is small pages when there are no huge ones.
 */
static napi_value mempool_create(napi_env env, napi_callback_info info)
{
	ARGS(6);
	char name[RTE_MEMPOOL_NAMESIZE];
	arg_string(env, argv[0], name, sizeof(name));
	uint32_t mbufs = arg_u32(env, argv[1]), room = arg_u32(env, argv[3]);
	char *memory = arg_pointer(env, argv[4]);
	struct rte_pktmbuf_pool_private settings = { .mbuf_data_room_size = (uint16_t)room };
	struct rte_mempool *pool = rte_mempool_create_empty(
		name, mbufs, sizeof(struct rte_mbuf) + room, arg_u32(env, argv[2]),
		sizeof(struct rte_pktmbuf_pool_private), SOCKET_ID_ANY,
		RTE_MEMPOOL_F_NO_IOVA_CONTIG);
	if (pool == NULL)
		return throw_errno(env, "rte_mempool_create_empty", rte_errno);
	rte_pktmbuf_pool_init(pool, &settings);
	int n = rte_mempool_populate_iova(pool, memory, (rte_iova_t)(uintptr_t)memory,
					  arg_u64(env, argv[5]), NULL, NULL);
	if (n != (int)mbufs) {
		rte_mempool_free(pool);
		return throw_errno(env, "rte_mempool_populate_iova", n < 0 ? -n : ENOMEM);
	}
	rte_mempool_obj_iter(pool, rte_pktmbuf_init, NULL);
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
	{ "mempoolBytes", mempool_bytes },
	{ "mempoolCreate", mempool_create },
	{ "mempoolCreateExternal", mempool_create_external },
	{ "extmemRegister", extmem_register },
	{ "extmemUnregister", extmem_unregister },
	{ "mempoolFree", mempool_free },
	{ "mempoolAvailable", mempool_available },
	{ "mbufAllocate", mbuf_allocate },
	{ "mbufFree", mbuf_free },
	{ NULL, NULL },
};
