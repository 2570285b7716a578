import type { Burst, Kernel } from '../kernels/kernel.js';
import { macSwap, swapMacs } from '../kernels/mac-swap.js';

/** Kernels that fail, each in its own way, for tests of what becomes of a run. */

function failing(name: string, changes: Partial<Kernel>): Kernel {
  const module = import.meta.url;
  return { ...macSwap, name, declared: { module, export: name }, ...changes };
}

function software(name: string): Partial<Kernel> {
  return { software: { module: import.meta.url, export: name } };
}

/** Bursts after which the kernels below have had enough, counted by each thread for itself. */
const ENOUGH = 40;
let bursts = 0;
let frames = 0;

/** Throws at the first burst it sees. */
export function throwAtOnce(): void {
  throw new Error('no packet is good enough');
}

/** Works for a while, then throws. */
export function throwLater(burst: Burst): void {
  if (++bursts > ENOUGH) throw new TypeError(`burst ${bursts}\nis one too many`);
  swapMacs(burst);
}

/** Works for a while, then reaches behind what it was given, which throws. */
export function overreach(burst: Burst): void {
  if (++bursts > ENOUGH) burst.u32.set([1, 2, 3], burst.u32.length - 1);
  swapMacs(burst);
}

/** Works for a while, then never comes back. */
export function loopLater(burst: Burst): void {
  if (++bursts > ENOUGH) for (;;) Atomics.load(nothing, 0);
  swapMacs(burst);
}
const nothing = new Int32Array(1);

export function loopAtOnce(): void {
  for (;;) Atomics.load(nothing, 0);
}

/** The CUDA side of one that works for `packets` packets, or none, and then does this. */
function cuda(packets: number, then: string): Partial<Kernel> {
  const source = `
__device__ unsigned packets_seen;
__device__ void until_then(uint8_t *, uint32_t)
{
	if (atomicAdd(&packets_seen, 1) + 1 > ${packets})
		${then}
}`;
  return { cuda: { source, name: 'until_then' } };
}
const FOR_EVER = 'for (;;) asm volatile("" ::: "memory");';
const PACKETS = 16 * ENOUGH;

export const loopsAtOnce = failing('loopsAtOnce', {
  ...software('loopAtOnce'),
  ...cuda(0, FOR_EVER),
});
export const loopsLater = failing('loopsLater', {
  ...software('loopLater'),
  ...cuda(PACKETS, FOR_EVER),
});

/** On CUDA alone: writes where there is no memory. */
export const strays = failing('strays', cuda(PACKETS, '*(volatile unsigned *)64 = 1;'));

export const failsAtOnce = failing('failsAtOnce', software('throwAtOnce'));
export const failsLater = failing('failsLater', software('throwLater'));
export const overreaches = failing('overreaches', software('overreach'));

/** Works, but makes --verify throw in the lcore that sends, while the device is well. */
export const failsToSend = failing('failsToSend', {
  expect() {
    if (++frames > 20 * ENOUGH) throw new Error('the frame is beyond belief');
  },
});

/** Cannot be found by an lcore: it fails before it has received a packet. */
export const failsToStart: Kernel = failing('failsToStart', {
  declared: { module: import.meta.url, export: 'nothing' },
});

/** Not even the device finds its software side. */
export const failsToLoad = failing('failsToLoad', software('nothing'));

/** Swaps a burst in vain: every frame leaves as it came, which --verify must notice. */
export function swapTwice(burst: Burst): void {
  swapMacs(burst);
  swapMacs(burst);
}

export const doesNothing = failing('doesNothing', software('swapTwice'));
