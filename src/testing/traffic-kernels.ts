import type { Burst, Kernel } from '../kernels/kernel.js';
import { macSwap, swapMacs } from '../kernels/mac-swap.js';

/** Kernels that do to frames of a traffic port what its sink must find. */

/** One frame in so many is spoilt, by its sequence number. */
export const SPOILT = 100;

function wrongdoer(name: string, software: string, cuda?: Kernel['cuda']): Kernel {
  const module = import.meta.url;
  const side = { module, export: software };
  return { ...macSwap, name, declared: { module, export: name }, software: side, cuda };
}

function sequenceAt({ packets, u32, origin }: Burst, packet: number): number {
  return u32[(((packets[packet] - origin) >>> 0) >>> 2) + 4];
}

/** Swaps, and turns a bit in the last byte of one frame in SPOILT. */
export function spoil(burst: Burst): void {
  swapMacs(burst);
  const { packets, u8, origin, first, count } = burst;
  for (let p = first; p < first + 4 * count; p += 4)
    if (sequenceAt(burst, p) % SPOILT === 7)
      u8[((packets[p] - origin) >>> 0) + packets[p + 2] - 1] ^= 4;
}

/** Swaps, and gives the frame after one in SPOILT that one's content: the next has come twice. */
export function repeat(burst: Burst): void {
  swapMacs(burst);
  eachPair(burst, (a, b, bytes) => burst.u8.copyWithin(b, a, a + bytes));
}

/** Swaps, and lets one frame in SPOILT change places with the one after it. */
export function overtake(burst: Burst): void {
  swapMacs(burst);
  const { u8 } = burst;
  eachPair(burst, (a, b, bytes) => {
    const one = u8.slice(a, a + bytes);
    u8.copyWithin(a, b, b + bytes);
    u8.set(one, b);
  });
}

/** Pairs of neighbours in a burst; a pair that two bursts share is left alone. */
function eachPair(burst: Burst, act: (a: number, b: number, bytes: number) => void): void {
  const { packets, origin, first, count } = burst;
  for (let p = first; p + 4 < first + 4 * count; p += 4)
    if (sequenceAt(burst, p) % SPOILT === 8)
      act((packets[p] - origin) >>> 0, (packets[p + 4] - origin) >>> 0, packets[p + 2]);
}

const SPOIL = `
__device__ void spoil(uint8_t *packet, uint32_t size)
{
	mac_swap(packet, size);
	if (reinterpret_cast<uint32_t *>(packet)[4] % ${SPOILT} == 7)
		packet[size - 1] ^= 4;
}
`;

export const spoils = wrongdoer('spoils', 'spoil', {
  source: `${macSwap.cuda?.source}${SPOIL}`,
  name: 'spoil',
});
export const repeats = wrongdoer('repeats', 'repeat');
export const overtakes = wrongdoer('overtakes', 'overtake');
