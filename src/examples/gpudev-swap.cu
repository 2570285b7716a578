/*
 * Kernels as a DPDK program with gpudev has them: they exchange the MAC addresses of an item's
 * frames, of one item or of all items of a list until they are told to end.
 *
 *     bin/warpline l2fwd --in data/sample.pcap --out out/swapped.pcap \
 *         --kernel src/examples/gpudev-swap.cu:swap_item --method launch
 *     bin/warpline l2fwd --port net_null0,size=64 --duration 5 \
 *         --kernel src/examples/gpudev-swap.cu:swap_list --method persistent
 */
#include <rte_gpudev.h>

static __device__ void swap_macs(struct rte_gpu_comm_list *item)
{
	for (uint32_t i = threadIdx.x; i < item->num_pkts; i += blockDim.x) {
		uint8_t *frame = (uint8_t *)item->pkt_list[i].addr;
		if (item->pkt_list[i].size < 12)
			continue;
		for (int b = 0; b < 6; b++) {
			const uint8_t byte = frame[b];
			frame[b] = frame[b + 6];
			frame[b + 6] = byte;
		}
	}
}

/* One item: its status is the launcher's affair. */
__global__ void swap_item(struct rte_gpu_comm_list *item)
{
	swap_macs(item);
}

/* A list, item after item, by one block. */
__global__ void swap_list(struct rte_gpu_comm_list *list, uint32_t items, volatile uint32_t *exit)
{
	__shared__ bool going;
	for (uint32_t i = 0;; i = i + 1 < items ? i + 1 : 0) {
		struct rte_gpu_comm_list *item = list + i;
		volatile enum rte_gpu_comm_list_status *status = item->status_d;
		if (threadIdx.x == 0) {
			while (*status != RTE_GPU_COMM_LIST_READY && *exit == 0)
				;
			going = *status == RTE_GPU_COMM_LIST_READY;
			__threadfence_system();
		}
		__syncthreads();
		if (!going)
			return;
		swap_macs(item);
		__threadfence_system();
		__syncthreads();
		if (threadIdx.x == 0)
			*status = RTE_GPU_COMM_LIST_DONE;
	}
}
