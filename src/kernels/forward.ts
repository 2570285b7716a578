import type { Burst, Kernel } from './kernel.js';

/** Leaves every frame as it is. */
export function leave(_burst: Burst): void {}

/** No work at all: frames are not even looked at. What `bench cpu` compares with testpmd's `io`. */
export const forward: Kernel = {
  name: 'forward',
  declared: { module: import.meta.url, export: 'forward' },
  software: { module: import.meta.url, export: 'leave' },
  cuda: { source: '__device__ void leave(uint8_t *, uint32_t) {}', name: 'leave' },
  headBytes: 0,
  untouched: true,
  expect() {},
};
