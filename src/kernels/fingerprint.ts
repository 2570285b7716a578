import type { KernelSource } from '../gpudev/driver.js';
import type { Block } from '../gpudev/drivers/software/block.js';
import { PRELUDE } from './cuda-entries.js';

/*
 * Fingerprints of frames, for --verify where the CPU does not read them (src/methods/digest.ts):
 *
 *   args: packets {addr, size}[count] │ out {fingerprint}[count] │ count │ head bytes, at most 16
 *
 *   @0 head[16]  the first bytes, zero-filled
 *   @16 u32[2]   two sums over the other bytes' words, each word mixed with its place in the frame
 *   @24 u32      the frame's length
 *   @28 u32      1: a chained frame is its first segment here
 *
 * A sum does not mind who adds when: a warp's lanes stride over one frame.
 */

/** Frames of one block: a warp each. */
export const FRAMES_A_BLOCK = 8;

const CUDA = `
static __device__ __forceinline__ uint32_t mix(uint32_t h)
{
	h = (h ^ (h >> 16)) * 0x85EBCA6Bu;
	h = (h ^ (h >> 13)) * 0xC2B2AE35u;
	return h ^ (h >> 16);
}

/* Bytes [at, at + 4) of a frame, zero where it has ended. */
static __device__ __forceinline__ uint32_t
word_at(const uint8_t *frame, uint32_t at, uint32_t size)
{
	if (at + 4 <= size && (uintptr_t)(frame + at) % 4 == 0)
		return *reinterpret_cast<const uint32_t *>(frame + at);
	uint32_t word = 0;
	for (uint32_t i = 0; i < 4 && at + i < size; i++)
		word |= (uint32_t)frame[at + i] << (8 * i);
	return word;
}

extern "C" __global__ void __launch_bounds__(${32 * FRAMES_A_BLOCK})
warpline_fingerprint(const struct rte_gpu_comm_pkt *packets, uint32_t *out, uint64_t count,
		     uint64_t head)
{
	const uint32_t lane = threadIdx.x % 32;
	const uint64_t i = blockIdx.x * (uint64_t)${FRAMES_A_BLOCK} + threadIdx.x / 32;
	if (i >= count)
		return;
	const uint8_t *frame = reinterpret_cast<const uint8_t *>(packets[i].addr);
	const uint32_t size = (uint32_t)packets[i].size;
	const uint32_t skip = (uint32_t)head;
	uint32_t *mine = out + 8 * i;
	uint32_t low = 0, high = 0;
	for (uint32_t at = 4 * lane; at < size || at < 16; at += 128) {
		uint32_t word = word_at(frame, at, size), kept = 0;
		if (at < skip) {
			const uint32_t bytes = skip - at;
			kept = bytes >= 4 ? word : word & ((1u << (8 * bytes)) - 1);
			word ^= kept;
		}
		if (at < 16)
			mine[at / 4] = kept;
		const uint32_t mixed = mix(word ^ at * 0x9E3779B1u);
		low += mixed;
		high += mix(mixed + word);
	}
	for (uint32_t step = 16; step != 0; step /= 2) {
		low += __shfl_xor_sync(~0u, low, step);
		high += __shfl_xor_sync(~0u, high, step);
	}
	if (lane == 0) {
		mine[4] = low;
		mine[5] = high;
		mine[6] = size;
		mine[7] = 1;
	}
}
`;

/** The kernel as a driver loads it. */
export const fingerprint: KernelSource = {
  name: 'fingerprint',
  software: { module: import.meta.url, export: 'fingerprintFrames' },
  cuda: {
    source: PRELUDE + CUDA,
    entry: 'warpline_fingerprint',
    threads: 32 * FRAMES_A_BLOCK,
  },
};

function mix(word: number): number {
  let h = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** The software side. */
export function fingerprintFrames({ args, index, memory }: Block): void {
  const [packets, out, count, skip] = args;
  const first = index * FRAMES_A_BLOCK;
  const frames = Math.min(count - first, FRAMES_A_BLOCK);
  const list = memory.span(packets + 16 * first, 16 * frames);
  const records = memory.span(out + 32 * first, 32 * frames);
  const descriptors = list.window.u32;
  for (let i = 0; i < frames; i++) {
    const at = (packets + 16 * (first + i) - list.address) / 4;
    const record = (out + 32 * (first + i) - records.address) / 4;
    const size = descriptors[at + 2];
    const span = memory.spanOf(descriptors[at], descriptors[at + 1], size);
    const start = (descriptors[at] - span.origin) >>> 0;
    const frame = span.window.u8.subarray(start, start + size);
    fingerprintFrame(frame, skip, records.window.u32, record);
  }
}

function fingerprintFrame(frame: Uint8Array, skip: number, to: Uint32Array, record: number): void {
  let low = 0;
  let high = 0;
  for (let at = 0; at < frame.length || at < 16; at += 4) {
    // Past the end an element is undefined, which is no bit.
    const all = frame[at] | (frame[at + 1] << 8) | (frame[at + 2] << 16) | (frame[at + 3] << 24);
    const bytes = skip - at;
    const kept = bytes <= 0 ? 0 : bytes >= 4 ? all : all & ((1 << (8 * bytes)) - 1);
    if (at < 16) to[record + at / 4] = kept;
    const word = all ^ kept;
    const mixed = mix(word ^ Math.imul(at, 0x9e3779b1));
    low = (low + mixed) | 0;
    high = (high + mix((mixed + word) | 0)) | 0;
  }
  to[record + 4] = low;
  to[record + 5] = high;
  to[record + 6] = frame.length;
  to[record + 7] = 1;
}
