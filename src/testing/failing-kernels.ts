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
