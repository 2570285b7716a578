import { type EntryKind, THREADS } from './cuda-entries.js';
import { SAMPLE_SHIFT } from './sample.js';

/*
 * The CUDA side of the traced entries: those of cuda-entries.ts, which take samples (sample.ts). The
 * clock is the GPU's global timer, in nanoseconds; how often it moves on depends on the GPU.
 */

const SAMPLE = `
struct warpline_sample {
	uint64_t began, start, end;
	uint32_t block, processor;
};

static __device__ __forceinline__ uint64_t warpline_now()
{
	uint64_t now;
	asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(now) :: "memory");
	return now;
}

/*
 * What warpline_done does, with a sample stored before if the item has one; then it returns the
 * time. Samples lie in device memory: a store to the host would have to be over before DONE may be
 * seen. Only the first thread looks at the clock, and for items without a sample nobody does.
 */
static __device__ __forceinline__ uint64_t
warpline_done_at(uint32_t *status, struct warpline_sample *samples, uint32_t number, uint64_t began,
		 uint64_t start)
{
	__syncthreads();
	if (threadIdx.x != 0)
		return 0;
	uint64_t end = 0;
	if (number != 0) {
		uint32_t processor;
		end = warpline_now();
		asm("mov.u32 %0, %%smid;" : "=r"(processor));
		const struct warpline_sample sample = { began == 0 ? start : began, start, end,
							blockIdx.x, processor };
		samples[number - 1] = sample;
	}
	if (status != nullptr)
		asm volatile("st.release.sys.u32 [%0], %1;" :: "l"(status), "r"(WARPLINE_DONE) : "memory");
	return end;
}

static __device__ __forceinline__ uint32_t warpline_packets_in(uint32_t both)
{
	return both & ((1u << ${SAMPLE_SHIFT}) - 1);
}

static __device__ __forceinline__ uint32_t warpline_number_in(uint32_t both)
{
	return both >> ${SAMPLE_SHIFT};
}
`;

const ITEMS = `
extern "C" __global__ void __launch_bounds__(${THREADS})
warpline_items(uint32_t *bells, uint64_t first, uint64_t items_and_body, uint64_t done,
	       uint64_t work_ns, uint32_t *status, const uint8_t *bodies,
	       struct warpline_sample *samples)
{
	/* Whether the item has a sample is known a read of the host's memory later. */
	const uint64_t start = threadIdx.x == 0 ? warpline_now() : 0;
	const struct warpline_list list = { status, bodies, items_and_body >> 32, bells };
	const uint32_t item = ((uint32_t)first + blockIdx.x) % (uint32_t)items_and_body;
	const struct rte_gpu_comm_pkt *packets = warpline_packets_of(list, item);
	uint32_t *own = warpline_status(list, item);
	__shared__ uint32_t both;
	ulonglong2 packet = {};
	if ((threadIdx.x + 1) * 24 <= list.body_bytes)
		packet = reinterpret_cast<const ulonglong2 *>(packets)[threadIdx.x];
	if (threadIdx.x == 0)
		both = *const_cast<const volatile uint32_t *>(own + 1);
	__syncthreads();
	const uint32_t count = warpline_packets_in(both);
	if (threadIdx.x < count)
		warpline_packet(packet, work_ns);
	if (threadIdx.x + blockDim.x < count)
		warpline_packets(packets, threadIdx.x + blockDim.x, count, work_ns);
	warpline_done_at(done != 0 ? own : nullptr, samples, warpline_number_in(both), start, start);
}
`;

const AWAITED = `
extern "C" __global__ void __launch_bounds__(${THREADS})
warpline_awaited(uint32_t *bells, uint64_t first, uint64_t items_and_body,
		 volatile uint32_t *exit_word, uint64_t work_ns, uint32_t *status,
		 const uint8_t *bodies, struct warpline_sample *samples)
{
	__shared__ uint32_t both;
	__shared__ bool going;
	const uint64_t began = threadIdx.x == 0 ? warpline_now() : 0;
	const struct warpline_list list = { status, bodies, items_and_body >> 32, bells };
	const uint32_t item = ((uint32_t)first + blockIdx.x) % (uint32_t)items_and_body;
	uint32_t *own = warpline_status(list, item);
	if (threadIdx.x == 0)
		going = warpline_await(warpline_polled(list, item), bells != nullptr,
					       warpline_exit(exit_word, item), nullptr, &both);
	__syncthreads();
	if (!going)
		return;
	const uint32_t number = warpline_number_in(both);
	const uint64_t start = threadIdx.x == 0 && number != 0 ? warpline_now() : 0;
	const uint32_t count = warpline_packets_in(both);
	warpline_packets(warpline_packets_of(list, item), threadIdx.x, count, work_ns);
	warpline_done_at(own, samples, number, began, start);
}
`;

const PERSISTENT = `
extern "C" __global__ void __launch_bounds__(${THREADS})
warpline_persistent(uint32_t *bells, volatile uint32_t *heartbeats, uint64_t items_and_body,
		    volatile uint32_t *exit_word, uint64_t work_ns, uint32_t *status,
		    const uint8_t *bodies, struct warpline_sample *samples)
{
	__shared__ uint32_t both;
	__shared__ bool going;
	const struct warpline_list list = { status, bodies, items_and_body >> 32, bells };
	const uint32_t items = (uint32_t)items_and_body;
	uint64_t began = 0;
	if (blockIdx.x >= items)
		return;
	for (uint32_t item = blockIdx.x;;
	     item = item + gridDim.x < items ? item + gridDim.x : blockIdx.x) {
		uint32_t *own = warpline_status(list, item);
		if (threadIdx.x == 0)
			going = warpline_await(warpline_polled(list, item), bells != nullptr,
					       warpline_exit(exit_word, item), heartbeats, &both);
		__syncthreads();
		if (!going)
			return;
		const uint32_t number = warpline_number_in(both);
		const uint64_t start = threadIdx.x == 0 && number != 0 ? warpline_now() : 0;
		const uint32_t count = warpline_packets_in(both);
		warpline_packets(warpline_packets_of(list, item), threadIdx.x, count, work_ns);
		began = warpline_done_at(own, samples, number, began, start);
	}
}
`;

const WRAPPERS: Record<EntryKind, string> = {
  items: ITEMS,
  awaited: AWAITED,
  persistent: PERSISTENT,
};

/** What `cudaSource` is to put behind a packet function instead of the plain wrapper. */
export function tracedWrapper(kind: EntryKind): string {
  return SAMPLE + WRAPPERS[kind];
}
