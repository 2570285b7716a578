import type { KernelSource } from '../gpudev/driver.js';
import { PRELUDE } from './cuda-entries.js';

/*
 * Tells a GPU's time, so that it can be compared with the CPU's: whenever the CPU changes `asked`, the
 * kernel stores the time and then the same number in `answered`.
 *
 *   args: words │ rounds
 *   words  @0 asked u32 │ @64 answered u32 │ @72 time u64, ns │ @80 resolution u64, ns
 *
 * It gives up a second after it began, so that nobody waits for it if the CPU does not ask.
 */
export const CLOCK_BYTES = 128;
export const [ASKED, ANSWERED, TIME, RESOLUTION] = [0, 64, 72, 80];

const CUDA = `
static __device__ __forceinline__ uint64_t now()
{
	uint64_t time;
	asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(time) :: "memory");
	return time;
}

extern "C" __global__ void warpline_clock(volatile uint32_t *words, uint64_t rounds)
{
	volatile uint64_t *longs = reinterpret_cast<volatile uint64_t *>(words);
	const uint64_t limit = now() + 1000000000;
	uint64_t step = ~0ull, last = now();
	for (int i = 0; i < 16;) {
		const uint64_t time = now();
		if (time == last)
			continue;
		step = time - last < step ? time - last : step;
		last = time;
		i++;
	}
	longs[${RESOLUTION / 8}] = step;
	for (uint32_t n = 1; n <= rounds; n++) {
		while (words[${ASKED / 4}] != n)
			if (now() > limit)
				return;
		longs[${TIME / 8}] = now();
		__threadfence_system();
		words[${ANSWERED / 4}] = n;
	}
}
`;

/** The kernel as a driver loads it. The software device needs none: its clock is the CPU's. */
export const deviceClock: KernelSource = {
  name: 'device-clock',
  cuda: { source: PRELUDE + CUDA, entry: 'warpline_clock', threads: 1 },
};
