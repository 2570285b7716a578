import type { Kernel } from '../kernels/kernel.js';
import { macSwap } from '../kernels/mac-swap.js';

const KERNELS = new URL('./gpudev-kernels.js', import.meta.url).href;

/** A whole gpudev kernel that does what the MAC swap does, so that --verify can tell. */
function whole(name: 'swapItem' | 'swapItemOnly' | 'swapList'): Kernel {
  const { headBytes, runtBytes, expect } = macSwap;
  const software = { module: KERNELS, export: name };
  const declared = { module: import.meta.url, export: name };
  return { name, declared, form: 'item', software, headBytes, runtBytes, expect };
}

export const swapItem = whole('swapItem');
export const swapItemOnly = whole('swapItemOnly');
export const swapList = whole('swapList');
