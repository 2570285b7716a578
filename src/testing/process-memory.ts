import { readFileSync } from 'node:fs';

/** Bytes of address space this process has mapped (proc(5), statm). */
export function mappedBytes(): number {
  return Number(readFileSync('/proc/self/statm', 'utf8').split(' ')[0]) * 4096;
}
