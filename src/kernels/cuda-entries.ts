/*
 * The CUDA side of the two GPU kernels every packet function is wrapped in; entries.ts is the
 * software side and says what the arguments mean. What they read is DPDK's comm list (DESIGN §4).
 */

/** Threads of a block. Any burst is covered: thread t works on packets t, t + THREADS, … */
export const THREADS = 256;

/** What is in front of a packet function: the types it may use, as DPDK and C name them. */
const PRELUDE = `
typedef unsigned char uint8_t;
typedef unsigned short uint16_t;
typedef unsigned int uint32_t;
typedef unsigned long uint64_t;
typedef unsigned long uintptr_t;

struct rte_gpu_comm_pkt {
	uintptr_t addr;
	uint64_t size;
};

struct rte_gpu_comm_list {
	uint16_t dev_id;
	void **mbufs;
	struct rte_gpu_comm_pkt *pkt_list;
	uint32_t num_pkts;
	uint32_t *status_h;
	uint32_t *status_d;
};
`;

/** What is behind it: PACKET is its name. */
const COMMON = `
enum { WARPLINE_READY = 1, WARPLINE_DONE = 2 };

/* Artificial work: by the GPU's clock, in nanoseconds. */
static __device__ __forceinline__ void warpline_work(uint64_t ns)
{
	uint64_t start, now;
	asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(start));
	do
		asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(now));
	while (now - start < ns);
}

static __device__ __forceinline__ void
warpline_packets(const struct rte_gpu_comm_pkt *packets, uint32_t count, uint64_t work_ns)
{
	for (uint32_t i = threadIdx.x; i < count; i += blockDim.x) {
		/* A packet's address and size come with one read of 16 bytes. */
		const ulonglong2 packet = reinterpret_cast<const ulonglong2 *>(packets)[i];
		PACKET(reinterpret_cast<uint8_t *>(packet.x), (uint32_t)packet.y);
		if (work_ns != 0)
			warpline_work(work_ns);
	}
}

/*
 * DONE may be seen only after what the block wrote: the block meets, so that all its writes come
 * before, then one thread releases them for the whole system with its store. A release covers what
 * its thread has seen of others' writes (PTX ISA, memory consistency model, causality order), as
 * cooperative groups' grid barrier has it; a fence in every thread costs a fifth of the rate.
 */
static __device__ __forceinline__ void warpline_done(uint32_t *status)
{
	__syncthreads();
	if (threadIdx.x == 0)
		asm volatile("st.release.sys.u32 [%0], %1;" :: "l"(status), "r"(WARPLINE_DONE) : "memory");
}
`;

const ITEMS = `
extern "C" __global__ void __launch_bounds__(${THREADS})
warpline_items(struct rte_gpu_comm_list *list, uint64_t first, uint64_t items, uint64_t done,
	       uint64_t work_ns)
{
	const struct rte_gpu_comm_list *item =
		list + ((uint32_t)first + blockIdx.x) % (uint32_t)items;
	uint32_t *status = item->status_d;
	warpline_packets(item->pkt_list, item->num_pkts, work_ns);
	if (done != 0)
		warpline_done(status);
}
`;

/*
 * Pointers do not change while the list lives, so each block fetches those of its items once: over
 * PCIe such a read costs as much as the poll itself. Status and count come with one read, which
 * comm-list-layout.ts sees to; a kernel written for DPDK reads num_pkts.
 */
const PERSISTENT = `
enum { WARPLINE_KNOWN = 128 };

static __device__ __forceinline__ uint64_t warpline_poll(const uint32_t *status)
{
	uint64_t both;
	asm volatile("ld.acquire.sys.u64 %0, [%1];" : "=l"(both) : "l"(status) : "memory");
	return both;
}

/* The count of packets once the item is READY; false when the exit word is set before. */
static __device__ __forceinline__ bool
warpline_await(const uint32_t *status, const volatile uint32_t *exit_word, uint32_t *count)
{
	for (uint32_t polls = 0;; polls++) {
		const uint64_t both = warpline_poll(status);
		if ((uint32_t)both == WARPLINE_READY) {
			*count = (uint32_t)(both >> 32);
			return true;
		}
		if (polls % 8 == 0 && *exit_word != 0)
			return false;
	}
}

extern "C" __global__ void __launch_bounds__(${THREADS})
warpline_persistent(struct rte_gpu_comm_list *list, uint64_t, uint64_t items,
		    volatile uint32_t *exit_word, uint64_t work_ns)
{
	__shared__ struct rte_gpu_comm_pkt *packets_of[WARPLINE_KNOWN];
	__shared__ uint32_t *status_of[WARPLINE_KNOWN];
	__shared__ uint32_t count;
	__shared__ bool going;

	if (blockIdx.x >= items)
		return;
	const uint32_t own = ((uint32_t)items - blockIdx.x + gridDim.x - 1) / gridDim.x;
	for (uint32_t i = threadIdx.x; i < own && i < WARPLINE_KNOWN; i += blockDim.x) {
		packets_of[i] = list[blockIdx.x + i * gridDim.x].pkt_list;
		status_of[i] = list[blockIdx.x + i * gridDim.x].status_d;
	}
	__syncthreads();

	for (uint32_t turn = 0;; turn = turn + 1 < own ? turn + 1 : 0) {
		const struct rte_gpu_comm_list *item = list + blockIdx.x + turn * gridDim.x;
		uint32_t *status = turn < WARPLINE_KNOWN ? status_of[turn] : item->status_d;
		if (threadIdx.x == 0)
			going = warpline_await(status, exit_word, &count);
		__syncthreads();
		if (!going)
			return;
		warpline_packets(turn < WARPLINE_KNOWN ? packets_of[turn] : item->pkt_list, count,
				 work_ns);
		warpline_done(status);
	}
}
`;

const WRAPPERS = { items: ITEMS, persistent: PERSISTENT };

/**
 * CUDA C++ of a kernel: `packetFunction.source` in the middle, its lines counted from 1 in `file`,
 * so that a compiler's messages point there.
 */
export function cudaSource(
  kind: keyof typeof WRAPPERS,
  file: string,
  packetFunction: { readonly source: string; readonly name: string },
): string {
  return [
    PRELUDE,
    `#line 1 ${JSON.stringify(file)}`,
    packetFunction.source,
    `#line 1 "warpline/${kind}.cu"`,
    `#define PACKET ${packetFunction.name}`,
    COMMON,
    WRAPPERS[kind],
  ].join('\n');
}
