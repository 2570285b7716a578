/*
 * The CUDA side of the GPU kernels every packet function is wrapped in; entries.ts is the software
 * side and says what the arguments mean. What they read is DPDK's comm list (DESIGN §4).
 */

import { EXIT_LINES } from './exit-word.js';

/** Threads of a block. Any burst is covered: thread t works on packets t, t + THREADS, … */
export const THREADS = 256;

/**
 * What is in front of a packet function: the types it may use. They are those of <stdint.h>, which
 * it may include all the same.
 */
const TYPES = `
typedef unsigned char uint8_t;
typedef unsigned short uint16_t;
typedef unsigned int uint32_t;
typedef unsigned long uint64_t;
typedef unsigned long uintptr_t;
`;

/** DPDK's structs. Status words are numbers here, and a size is 64 bits wide. */
const STRUCTS = `
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

/** What kernels of ours need that wrap no packet function. */
export const PRELUDE = TYPES + STRUCTS;

/**
 * What is behind a packet function stands in a namespace: a user's file may well include
 * <rte_gpudev.h>. PACKET is the function's name.
 */
const COMMON = `
enum { WARPLINE_FREE = 0, WARPLINE_READY = 1, WARPLINE_DONE = 2 };

/* Artificial work: by the GPU's clock, in nanoseconds. */
static __device__ __forceinline__ void warpline_work(uint64_t ns)
{
	uint64_t start, now;
	asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(start));
	do
		asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(now));
	while (now - start < ns);
}

static __device__ __forceinline__ void warpline_packet(ulonglong2 packet, uint64_t work_ns)
{
	PACKET(reinterpret_cast<uint8_t *>(packet.x), (uint32_t)packet.y);
	if (work_ns != 0)
		warpline_work(work_ns);
}

/* This thread's packets, from its first on: address and size come with one read of 16 bytes. */
static __device__ __forceinline__ void
warpline_packets(const struct rte_gpu_comm_pkt *packets, uint32_t first, uint32_t count,
		 uint64_t work_ns)
{
	for (uint32_t i = first; i < count; i += blockDim.x)
		warpline_packet(reinterpret_cast<const ulonglong2 *>(packets)[i], work_ns);
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

/*
 * An item's status word and packets lie at fixed distances (comm-list-layout.ts), and status and
 * count come with one read of 8 bytes. A kernel written for DPDK follows the item's pointers; over
 * PCIe each of those reads costs as much as a poll, so ours compute where they lead.
 */
const ITEM = `
struct warpline_list {
	uint32_t *status;
	const uint8_t *bodies;
	uint64_t body_bytes;
	uint32_t *bells; /* doorbells, or NULL */
};

static __device__ __forceinline__ uint32_t *
warpline_status(const struct warpline_list &list, uint32_t item)
{
	return list.status + item * 16;
}

static __device__ __forceinline__ const struct rte_gpu_comm_pkt *
warpline_packets_of(const struct warpline_list &list, uint32_t item)
{
	return reinterpret_cast<const struct rte_gpu_comm_pkt *>(list.bodies + item * list.body_bytes);
}

static __device__ __forceinline__ uint64_t warpline_poll(const uint32_t *status)
{
	uint64_t both;
	asm volatile("ld.acquire.sys.u64 %0, [%1];" : "=l"(both) : "l"(status) : "memory");
	return both;
}

/*
 * A block that waits says now and then that it lives: every 1024 polls, a millisecond or so, and not
 * for each item, because while items come back DONE the list shows as much, and to store a word over
 * PCIe for each would cost the rate.
 */
static __device__ __forceinline__ void warpline_beat(volatile uint32_t *heartbeats, uint32_t polls)
{
	if (polls % 1024 == 1023 && heartbeats != nullptr)
		heartbeats[blockIdx.x] = heartbeats[blockIdx.x] + 1;
}

/* What tells that an item is READY. */
static __device__ __forceinline__ uint32_t *
warpline_polled(const struct warpline_list &list, uint32_t item)
{
	return (list.bells != nullptr ? list.bells : list.status) + item * 16;
}

/* The exit word stands on many lines (exit-word.ts): this item's. */
static __device__ __forceinline__ const volatile uint32_t *
warpline_exit(const volatile uint32_t *exit_word, uint32_t item)
{
	return exit_word + item % ${EXIT_LINES} * 16;
}

/*
 * The count of packets once the item is READY; false when the exit word is set before. A doorbell
 * is FREE from then on: its next READY comes after the CPU has seen this one's DONE.
 */
static __device__ __forceinline__ bool
warpline_await(uint32_t *status, bool bell, const volatile uint32_t *exit_word,
	       volatile uint32_t *heartbeats, uint32_t *count)
{
	for (uint32_t polls = 0;; polls++) {
		const uint64_t both = warpline_poll(status);
		if ((uint32_t)both == WARPLINE_READY) {
			if (bell)
				*(volatile uint32_t *)status = WARPLINE_FREE;
			*count = (uint32_t)(both >> 32);
			return true;
		}
		if (polls % 64 == 63 && *exit_word != 0)
			return false;
		warpline_beat(heartbeats, polls);
	}
}
`;

/**
 * The item is READY already. Count and first packets are fetched side by side; the count by one thread,
 * because a GPU answers reads of one line of host memory one after the other, and eight warps that ask
 * for it would wait for each other.
 */
const ITEMS = `
extern "C" __global__ void __launch_bounds__(${THREADS})
warpline_items(uint32_t *bells, uint64_t first, uint64_t items, uint64_t done,
	       uint64_t work_ns, uint32_t *status, const uint8_t *bodies, uint64_t body_bytes)
{
	const struct warpline_list list = { status, bodies, body_bytes, bells };
	const uint32_t item = ((uint32_t)first + blockIdx.x) % (uint32_t)items;
	const struct rte_gpu_comm_pkt *packets = warpline_packets_of(list, item);
	uint32_t *own = warpline_status(list, item);
	__shared__ uint32_t count;
	/* A body has 24 bytes for each packet it has room for: this stays inside. */
	ulonglong2 packet = {};
	if ((threadIdx.x + 1) * 24 <= body_bytes)
		packet = reinterpret_cast<const ulonglong2 *>(packets)[threadIdx.x];
	if (threadIdx.x == 0)
		count = *const_cast<const volatile uint32_t *>(own + 1);
	__syncthreads();
	if (threadIdx.x < count)
		warpline_packet(packet, work_ns);
	if (threadIdx.x + blockDim.x < count)
		warpline_packets(packets, threadIdx.x + blockDim.x, count, work_ns);
	if (done != 0)
		warpline_done(own);
}
`;

const AWAITED = `
extern "C" __global__ void __launch_bounds__(${THREADS})
warpline_awaited(uint32_t *bells, uint64_t first, uint64_t items,
		 volatile uint32_t *exit_word, uint64_t work_ns, uint32_t *status,
		 const uint8_t *bodies, uint64_t body_bytes)
{
	__shared__ uint32_t count;
	__shared__ bool going;
	const struct warpline_list list = { status, bodies, body_bytes, bells };
	const uint32_t item = ((uint32_t)first + blockIdx.x) % (uint32_t)items;
	uint32_t *own = warpline_status(list, item);
	if (threadIdx.x == 0)
		going = warpline_await(warpline_polled(list, item), bells != nullptr,
					       warpline_exit(exit_word, item), nullptr, &count);
	__syncthreads();
	if (!going)
		return;
	warpline_packets(warpline_packets_of(list, item), threadIdx.x, count, work_ns);
	warpline_done(own);
}
`;

const PERSISTENT = `
extern "C" __global__ void __launch_bounds__(${THREADS})
warpline_persistent(uint32_t *bells, volatile uint32_t *heartbeats, uint64_t items,
		    volatile uint32_t *exit_word, uint64_t work_ns, uint32_t *status,
		    const uint8_t *bodies, uint64_t body_bytes)
{
	__shared__ uint32_t count;
	__shared__ bool going;
	const struct warpline_list list = { status, bodies, body_bytes, bells };
	if (blockIdx.x >= items)
		return;
	for (uint32_t item = blockIdx.x;;
	     item = item + gridDim.x < items ? item + gridDim.x : blockIdx.x) {
		uint32_t *own = warpline_status(list, item);
		if (threadIdx.x == 0)
			going = warpline_await(warpline_polled(list, item), bells != nullptr,
					       warpline_exit(exit_word, item), heartbeats, &count);
		__syncthreads();
		if (!going)
			return;
		warpline_packets(warpline_packets_of(list, item), threadIdx.x, count, work_ns);
		warpline_done(own);
	}
}
`;

const WRAPPERS = { items: ITEMS, awaited: AWAITED, persistent: PERSISTENT };

/** How a packet function is run: over items, over items yet to come, over a list for ever. */
export type EntryKind = keyof typeof WRAPPERS;
export const ENTRY_KINDS = Object.keys(WRAPPERS) as EntryKind[];

/**
 * CUDA C++ of a kernel: `packetFunction.source` in the middle, its lines counted from 1 in `file`,
 * so that a compiler's messages point there.
 */
export function cudaSource(
  kind: EntryKind,
  file: string,
  packetFunction: { readonly source: string; readonly name: string },
  wrapper = WRAPPERS[kind],
): string {
  return [
    TYPES,
    `#line 1 ${JSON.stringify(file)}`,
    packetFunction.source,
    `#line 1 "warpline/${kind}.cu"`,
    `#define PACKET ::${packetFunction.name}`,
    'namespace warpline {',
    STRUCTS,
    COMMON,
    ITEM,
    wrapper,
    '} /* namespace warpline */',
    '',
  ].join('\n');
}
