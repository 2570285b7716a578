import { SEGMENT_BYTES } from '../dpdk/twins.js';
import type { KernelSource } from '../gpudev/driver.js';
import type { Block } from '../gpudev/drivers/software/block.js';
import { PRELUDE } from './cuda-entries.js';

/*
 * Takes frames out of device memory that the CPU cannot read: copies segments to where they are to
 * be sent from (src/methods/unloading.ts). A warp a segment, 16 bytes a lane and step: what a warp
 * stores at once are whole PCIe packets, and a store over PCIe waits for no answer.
 *
 *   args: segments {from, to, size, –: u64 each}[slots], a ring │ first │ count │ slots
 *
 * Both ends of a segment lie at the same place of a cache line; where they do not, it goes byte by
 * byte. No byte beyond a segment's is touched.
 */
/** Segments of one block: a warp each. */
export const SEGMENTS_A_BLOCK = 8;

const CUDA = `
extern "C" __global__ void __launch_bounds__(${32 * SEGMENTS_A_BLOCK})
warpline_unload(const ulonglong2 *segments, uint64_t first, uint64_t count, uint64_t slots)
{
	const uint32_t lane = threadIdx.x % 32;
	const uint64_t i = blockIdx.x * (uint64_t)${SEGMENTS_A_BLOCK} + threadIdx.x / 32;
	if (i >= count)
		return;
	const ulonglong2 *segment = segments + 2 * ((first + i) % slots);
	const ulonglong2 ends = segment[0];
	const uint32_t size = (uint32_t)segment[1].x;
	const uint8_t *from = reinterpret_cast<const uint8_t *>(ends.x);
	uint8_t *to = reinterpret_cast<uint8_t *>(ends.y);
	/* Bytes before the first whole 16, then those, then the rest. */
	uint32_t head = (uint32_t)(16 - ends.y % 16) % 16;
	if (head > size || (ends.x ^ ends.y) % 16 != 0)
		head = size;
	for (uint32_t at = lane; at < head; at += 32)
		to[at] = from[at];
	const uint32_t whole = (size - head) / 16;
	const uint4 *from16 = reinterpret_cast<const uint4 *>(from + head);
	uint4 *to16 = reinterpret_cast<uint4 *>(to + head);
	for (uint32_t w = lane; w < whole; w += 32)
		to16[w] = from16[w];
	for (uint32_t at = head + 16 * whole + lane; at < size; at += 32)
		to[at] = from[at];
}
`;

/** The kernel as a driver loads it. */
export const unload: KernelSource = {
  name: 'unload',
  software: { module: import.meta.url, export: 'unloadSegments' },
  cuda: { source: PRELUDE + CUDA, entry: 'warpline_unload', threads: 32 * SEGMENTS_A_BLOCK },
};

/** The software side. */
export function unloadSegments({ args, index, memory }: Block): void {
  const [segments, first, count, slots] = args;
  const ring = memory.span(segments, SEGMENT_BYTES * slots);
  const { u32 } = ring.window;
  const end = Math.min((index + 1) * SEGMENTS_A_BLOCK, count);
  for (let i = index * SEGMENTS_A_BLOCK; i < end; i++) {
    const at = (segments - ring.address + SEGMENT_BYTES * ((first + i) % slots)) / 4;
    const size = u32[at + 4];
    const from = memory.spanOf(u32[at], u32[at + 1], size);
    const start = (u32[at] - from.origin) >>> 0;
    const bytes = from.window.u8.subarray(start, start + size);
    const to = memory.spanOf(u32[at + 2], u32[at + 3], size);
    to.window.u8.set(bytes, (u32[at + 2] - to.origin) >>> 0);
  }
}
