import { fail } from '../../../errors.js';
import type { Address } from '../../../memory/native.js';
import { Compare, WRITES_MAX } from '../../driver.js';
import { hex } from './fault.js';

// What CUDA answers with CUDA_ERROR_INVALID_VALUE at the call, not later on the device.

export function checkBlocks(call: string, blocks: number): void {
  if ((blocks | 0) === blocks && blocks > 0) return;
  fail('GPU_ARGUMENT', { call, reason: `${blocks} is no number of blocks` });
}

export function checkBytes(call: string, bytes: number): void {
  if (bytes >= 0 && Number.isSafeInteger(bytes)) return;
  fail('GPU_ARGUMENT', { call, reason: `${bytes} is no number of bytes` });
}

/** The address of a 32-bit word: `&` keeps the low bits of any integer a number holds exactly. */
export function checkWord(call: string, address: Address): void {
  if ((address & 3) === 0) return;
  fail('GPU_ARGUMENT', { call, reason: `${hex(address)} is not a multiple of 4` });
}

/** As many words as one submission takes, and as `writes` holds addresses and values for. */
export function checkWrites(call: string, writes: Float64Array, count: number): void {
  const most = Math.min(WRITES_MAX, writes.length / 2);
  if ((count | 0) === count && count > 0 && count <= most) return;
  fail('GPU_ARGUMENT', { call, reason: `${count} is not 1 to ${Math.floor(most)} words` });
}

export function checkCompare(call: string, compare: Compare): void {
  if (compare >= Compare.GEQ && compare <= Compare.NOR) return;
  fail('GPU_ARGUMENT', { call, reason: `there is no comparison ${compare}` });
}

/** Streams, kernels, events and graphs are numbers below their greatest number. */
export function isIndex(id: number, end: number): boolean {
  return (id | 0) === id && id >= 0 && id < end;
}
