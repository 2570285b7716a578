import type { Burst, Kernel } from '../kernels/kernel.js';

/** Writes into each frame how many its burst has (byte 0) and which of them it is (byte 1). */
export function mark({ packets, first, count, u8, origin }: Burst): void {
  for (let i = 0; i < count; i++) {
    const at = (packets[first + 4 * i] - origin) >>> 0;
    u8[at] = count;
    u8[at + 1] = i;
  }
}

export const marking: Kernel = {
  name: 'marking',
  declared: { module: import.meta.url, export: 'marking' },
  software: { module: import.meta.url, export: 'mark' },
  headBytes: 2,
  expect() {},
};
