/* Rings of mbufs, and ports made of them (the net_ring driver). */
#include <stdio.h>

#include <rte_errno.h>
#include <rte_eth_ring.h>
#include <rte_lcore.h>
#include <rte_ring.h>

#include "shim.h"

#define MAX_QUEUES 64

/* ringCreate(name, slots) → ring of that many mbufs (a power of two, less one), one thread an end */
static napi_value ring_create(napi_env env, napi_callback_info info)
{
	ARGS(2);
	char name[RTE_RING_NAMESIZE];
	arg_string(env, argv[0], name, sizeof(name));
	struct rte_ring *ring = rte_ring_create(name, arg_u32(env, argv[1]), SOCKET_ID_ANY,
						RING_F_SP_ENQ | RING_F_SC_DEQ);
	if (ring == NULL)
		return throw_errno(env, "rte_ring_create", rte_errno);
	return number(env, (double)(uintptr_t)ring);
}

static napi_value ring_free(napi_env env, napi_callback_info info)
{
	ARGS(1);
	rte_ring_free(arg_pointer(env, argv[0]));
	return NULL;
}

/* ringDequeue(ring, array, most) → how many mbufs now stand in the array at that address */
static napi_value ring_dequeue(napi_env env, napi_callback_info info)
{
	ARGS(3);
	return number(env, rte_ring_dequeue_burst(arg_pointer(env, argv[0]), arg_pointer(env, argv[1]),
						  arg_u32(env, argv[2]), NULL));
}

static uint32_t rings_of(napi_env env, napi_value array, struct rte_ring **rings)
{
	uint32_t n = 0;
	napi_get_array_length(env, array, &n);
	n = RTE_MIN(n, (uint32_t)MAX_QUEUES);
	for (uint32_t i = 0; i < n; i++) {
		napi_value ring;
		napi_get_element(env, array, i, &ring);
		rings[i] = arg_pointer(env, ring);
	}
	return n;
}

/* portFromRings(name, [rx ring, …], [tx ring, …]) → port id: a queue for each */
static napi_value port_from_rings(napi_env env, napi_callback_info info)
{
	ARGS(3);
	char name[RTE_RING_NAMESIZE];
	struct rte_ring *rx[MAX_QUEUES], *tx[MAX_QUEUES];
	arg_string(env, argv[0], name, sizeof(name));
	uint32_t rx_count = rings_of(env, argv[1], rx), tx_count = rings_of(env, argv[2], tx);
	int id = rte_eth_from_rings(name, rx, rx_count, tx, tx_count, rte_socket_id());
	return id < 0 ? throw_errno(env, "rte_eth_from_rings", rte_errno) : number(env, id);
}

const struct method ring_methods[] = {
	{ "ringCreate", ring_create },   { "ringFree", ring_free },
	{ "ringDequeue", ring_dequeue }, { "portFromRings", port_from_rings },
	{ NULL, NULL },
};
