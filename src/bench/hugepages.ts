import { readFileSync } from 'node:fs';
import { fail } from '../errors.js';

/** Of 2 MiB, the kind that every x86-64 has (Linux, admin-guide/mm/hugetlbpage). */
const PAGE = 2 * 1024 * 1024;
const FREE = '/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages';
/** For what DPDK has beside its mbufs. */
const OTHER = 64;

/** What each mbuf has beside its data room: struct rte_mbuf, and the mempool's header of it. */
const MBUF = 128 + 64;

/** Error: HUGEPAGES, where a DPDK program with so many mbufs would not find enough of them. */
export function wantHugepages(who: string, mbufs: number, mbufBytes: number, file = FREE): void {
  const want = Math.ceil((mbufs * (mbufBytes + MBUF)) / PAGE) + OTHER;
  const free = freeHugepages(file);
  if (free < want) fail('HUGEPAGES', { who, want, free });
}

/** Those of 2 MiB that nobody has taken yet. */
export function freeHugepages(file = FREE): number {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return 0;
  }
}
