import { readFileSync } from 'node:fs';
import type { Address } from '../../../memory/native.js';

/**
 * Whether this process may read and write all of [address, address + bytes), by the kernel's own
 * list (proc(5), /proc/pid/maps): what cuMemHostRegister finds out when it pins the pages.
 */
export function isHostMemory(address: Address, bytes: number): boolean {
  let from = address;
  for (const line of readFileSync('/proc/self/maps', 'latin1').split('\n')) {
    const [range, access] = line.split(' ', 2);
    const [start, end] = range.split('-', 2).map((hex) => Number.parseInt(hex, 16));
    // Areas come in order of address; those that follow each other without a gap are one to us.
    if (end <= from) continue;
    if (!(start <= from) || !access.startsWith('rw')) return false;
    from = end;
    if (from >= address + bytes) return true;
  }
  return false;
}
