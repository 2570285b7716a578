/*
 * What a kernel sees of DPDK's gpudev library: the communication list and flag, as they lie in
 * memory on x86-64 (docs/gpudev.md). A declaration of the same ABI, nothing of the library's own
 * text: kernels written against <rte_gpudev.h> compile with this one, and need no DPDK to do so.
 */
#ifndef WARPLINE_RTE_GPUDEV_H
#define WARPLINE_RTE_GPUDEV_H

#include <stddef.h>
#include <stdint.h>

/* Packets an item may have. */
#define RTE_GPU_COMM_LIST_PKTS_MAX 1024

/* Whose turn an item is: FREE the CPU's, READY the kernel's, DONE or ERROR the CPU's again. */
enum rte_gpu_comm_list_status {
	RTE_GPU_COMM_LIST_FREE = 0,
	RTE_GPU_COMM_LIST_READY = 1,
	RTE_GPU_COMM_LIST_DONE = 2,
	RTE_GPU_COMM_LIST_ERROR = 3
};

/* Where a flag's word lies. */
enum rte_gpu_comm_flag_type {
	RTE_GPU_COMM_FLAG_CPU = 0
};

struct rte_gpu_comm_flag {
	uint16_t dev_id;
	uint32_t *ptr;
	enum rte_gpu_comm_flag_type mtype;
};

/* A frame's first segment: where the kernel finds it, and its bytes. */
struct rte_gpu_comm_pkt {
	uintptr_t addr;
	size_t size;
};

struct rte_mbuf; /* the CPU's affair */

/* One item. */
struct rte_gpu_comm_list {
	uint16_t dev_id;
	struct rte_mbuf **mbufs;
	struct rte_gpu_comm_pkt *pkt_list;
	uint32_t num_pkts;
	enum rte_gpu_comm_list_status *status_h; /* the status word by the CPU's address */
	enum rte_gpu_comm_list_status *status_d; /* ... and by the kernel's */
};

#endif
