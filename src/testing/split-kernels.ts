import type { ModuleExport } from '../gpudev/driver.js';
import type { Burst, Kernel } from '../kernels/kernel.js';

/** What tests of the header/data split have done to headers and payloads; lcores import it. */

/** A kernel that shows what it was given: turns over the payload's bytes. */
export const invert: Kernel = {
  name: 'invert',
  declared: { module: import.meta.url, export: 'invert' },
  software: { module: import.meta.url, export: 'invertBytes' },
  headBytes: 0,
  expect() {},
};

export function invertBytes({ packets, u8, origin, first, count }: Burst): void {
  for (let p = first; p < first + 4 * count; p += 4) {
    const start = (packets[p] - origin) >>> 0;
    for (let i = start; i < start + packets[p + 2]; i++) u8[i] ^= 0xff;
  }
}

/** And headers' bytes by one. */
export function countUp({ packets, u8, origin, first, count }: Burst): void {
  for (let p = first; p < first + 4 * count; p += 4) {
    const start = (packets[p] - origin) >>> 0;
    for (let i = start; i < start + packets[p + 2]; i++) u8[i]++;
  }
}

/** The kernel works on payloads, which --verify does not expect of one that only swaps addresses. */
export const invertUnseen: Kernel = {
  ...invert,
  declared: { module: import.meta.url, export: 'invertUnseen' },
  headBytes: 12,
};

export function failOnHeaders(): void {
  throw new Error('the header function fails');
}

/** One of the functions here, for headers. */
export function onHeaders(name: 'countUp' | 'failOnHeaders'): ModuleExport {
  return { module: import.meta.url, export: name };
}
