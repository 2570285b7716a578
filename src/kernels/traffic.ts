import type { KernelSource } from '../gpudev/driver.js';
import type { Block } from '../gpudev/drivers/software/block.js';
import { PRELUDE } from './cuda-entries.js';

/*
 * Frames of the traffic source (src/traffic/), written and checked where they lie:
 *
 *   words 0-3   the head: MAC addresses, EtherType 0x88b5 (IEEE 802, local experiments), "WL"
 *   word  4     sequence number within the queue
 *   words 5-…   pattern: seed(sequence, queue) + word * STEP; the last word may be cut short
 *
 *   fill   args: settings │ packets {addr, size}[count] │ count │ first sequence number
 *   check  args: settings │ packets │ count │ verdicts {sequence u32, wrong u32}[count]
 *
 *   settings: head as sent, u32[4] @0 │ head as it must come back, u32[4] @16 │ frame bytes u32 @32 │
 *             queue u32 @36
 */
export const SETTINGS_BYTES = 64;
export const [HEAD_SENT, HEAD_BACK, FRAME_BYTES, QUEUE] = [0, 4, 8, 9];
export const SEQUENCE = 4;
/** Frames of one block: a warp each. */
export const FRAMES_A_BLOCK = 8;

/** 2^32 divided by the golden ratio: no two words of a frame are alike. */
const STEP = 0x9e3779b1;

/** Where frame words of packets lie, as in `Burst`. */
export interface FrameView {
  packets: Uint32Array;
  u32: Uint32Array;
  origin: number;
}

function seed(sequence: number, queue: number): number {
  let h = Math.imul(sequence, 0x85ebca6b) ^ Math.imul(queue + 1, 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  return h ^ (h >>> 13);
}

/** Writes the frame of the packet whose descriptor stands at `packets[at]`. */
export function fillFrame(view: FrameView, at: number, settings: Uint32Array, sequence: number) {
  const { u32 } = view;
  const first = ((view.packets[at] - view.origin) >>> 0) >>> 2;
  const words = (settings[FRAME_BYTES] + 3) >>> 2;
  for (let w = 0; w < SEQUENCE; w++) u32[first + w] = settings[HEAD_SENT + w];
  u32[first + SEQUENCE] = sequence;
  let value = (seed(sequence, settings[QUEUE]) + Math.imul(SEQUENCE, STEP)) | 0;
  for (let w = SEQUENCE + 1; w < words; w++) {
    value = (value + STEP) | 0;
    u32[first + w] = value;
  }
}

/** Whether the frame is what it must be on its return, but for its sequence number's order. */
export function frameIsRight(view: FrameView, at: number, settings: Uint32Array): boolean {
  const { u32, packets } = view;
  const bytes = settings[FRAME_BYTES];
  if (packets[at + 2] !== bytes) return false;
  const first = ((packets[at] - view.origin) >>> 0) >>> 2;
  for (let w = 0; w < SEQUENCE; w++) if (u32[first + w] !== settings[HEAD_BACK + w]) return false;
  let value = (seed(u32[first + SEQUENCE], settings[QUEUE]) + Math.imul(SEQUENCE, STEP)) | 0;
  const whole = bytes >>> 2;
  let different = 0;
  for (let w = SEQUENCE + 1; w < whole; w++) {
    value = (value + STEP) | 0;
    different |= u32[first + w] ^ value;
  }
  const rest = bytes & 3;
  if (rest !== 0) different |= (u32[first + whole] ^ (value + STEP)) << (32 - 8 * rest);
  return different === 0;
}

/** The sequence number a frame carries. */
export function sequenceOf({ packets, u32, origin }: FrameView, at: number): number {
  return u32[(((packets[at] - origin) >>> 0) >>> 2) + SEQUENCE];
}

const CUDA = `
struct settings {
	uint32_t head_sent[4], head_back[4], bytes, queue;
};

static __device__ __forceinline__ uint32_t seed(uint32_t sequence, uint32_t queue)
{
	uint32_t h = sequence * 0x85EBCA6Bu ^ (queue + 1) * 0xC2B2AE35u;
	h = (h ^ (h >> 16)) * 0x85EBCA6Bu;
	return h ^ (h >> 13);
}

extern "C" __global__ void __launch_bounds__(${32 * FRAMES_A_BLOCK})
warpline_fill(const struct settings *settings, const struct rte_gpu_comm_pkt *packets,
	      uint64_t count, uint64_t sequence)
{
	const uint64_t i = blockIdx.x * (uint64_t)${FRAMES_A_BLOCK} + threadIdx.x / 32;
	if (i >= count)
		return;
	uint32_t *frame = reinterpret_cast<uint32_t *>(packets[i].addr);
	const uint32_t own = (uint32_t)(sequence + i), words = (settings->bytes + 3) / 4;
	const uint32_t start = seed(own, settings->queue);
	for (uint32_t w = threadIdx.x % 32; w < words; w += 32)
		frame[w] = w < 4 ? settings->head_sent[w] :
			   w == ${SEQUENCE} ? own : start + w * ${STEP}u;
}

extern "C" __global__ void __launch_bounds__(${32 * FRAMES_A_BLOCK})
warpline_check(const struct settings *settings, const struct rte_gpu_comm_pkt *packets,
	       uint64_t count, uint2 *verdicts)
{
	const uint64_t i = blockIdx.x * (uint64_t)${FRAMES_A_BLOCK} + threadIdx.x / 32;
	if (i >= count)
		return;
	const uint32_t *frame = reinterpret_cast<const uint32_t *>(packets[i].addr);
	const uint32_t bytes = settings->bytes, lane = threadIdx.x % 32;
	const uint32_t sequence = frame[${SEQUENCE}];
	const uint32_t start = seed(sequence, settings->queue);
	bool wrong = packets[i].size != bytes;
	for (uint32_t w = lane; !wrong && w < (bytes + 3) / 4; w += 32) {
		const uint32_t wanted = w < 4 ? settings->head_back[w] :
					w == ${SEQUENCE} ? sequence : start + w * ${STEP}u;
		const uint32_t cut = 4 * w + 4 > bytes ? 8 * (4 * w + 4 - bytes) : 0;
		wrong = (frame[w] ^ wanted) << cut != 0;
	}
	wrong = __any_sync(~0u, wrong);
	if (lane == 0)
		verdicts[i] = make_uint2(sequence, wrong);
}
`;

function kernel(name: 'fill' | 'check', software: string): KernelSource {
  const threads = 32 * FRAMES_A_BLOCK;
  return {
    name: `traffic/${name}`,
    software: { module: import.meta.url, export: software },
    cuda: { source: PRELUDE + CUDA, entry: `warpline_${name}`, threads },
  };
}

export const fill = kernel('fill', 'fillBlock');
export const check = kernel('check', 'checkBlock');

/** The software side of `fill` … */
export function fillBlock(block: Block): void {
  const settings = settingsOf(block);
  const sequence = block.args[3];
  eachFrame(block, (view, at, i) => fillFrame(view, at, settings, (sequence + i) >>> 0));
}

/** … and of `check`. */
export function checkBlock(block: Block): void {
  const settings = settingsOf(block);
  const [, , count, verdicts] = block.args;
  const out = block.memory.span(verdicts, 8 * count);
  eachFrame(block, (view, at, i) => {
    const word = (verdicts - out.address) / 4 + 2 * i;
    out.window.u32[word] = sequenceOf(view, at);
    out.window.u32[word + 1] = frameIsRight(view, at, settings) ? 0 : 1;
  });
}

function settingsOf({ args, memory }: Block): Uint32Array {
  const { address, window } = memory.span(args[0], SETTINGS_BYTES);
  return window.u32.subarray((args[0] - address) / 4);
}

function eachFrame(
  { args, index, memory }: Block,
  visit: (view: FrameView, at: number, i: number) => void,
): void {
  const [, packets, count] = args;
  const list = memory.span(packets, 16 * count);
  const descriptors = list.window.u32;
  const end = Math.min(count, (index + 1) * FRAMES_A_BLOCK);
  for (let i = index * FRAMES_A_BLOCK; i < end; i++) {
    const at = (packets - list.address) / 4 + 4 * i;
    const frame = memory.spanOf(descriptors[at], descriptors[at + 1], descriptors[at + 2]);
    visit({ packets: descriptors, u32: frame.window.u32, origin: frame.origin }, at, i);
  }
}
