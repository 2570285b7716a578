import { readdirSync } from 'node:fs';
import { native } from '../memory/native.js';

/**
 * Moves every thread of this process off the CPUs that lcores are going to have, until what it returns
 * is called: those that come meanwhile come from these, and stay off them as well. What an lcore shares
 * its CPU with takes it away for milliseconds, and packets are lost. DPDK does so with its control
 * threads (rte_ctrl_thread_create, rte_lcore.h); V8, libuv and CUDA have threads of their own here.
 * Where no CPU is left for them they stay where they are.
 */
export function keepApart(cpus: readonly number[] = []): () => void {
  const free = (from: number[]) => from.filter((cpu) => !cpus.includes(cpu));
  const rest = free(native.lcoreCpus());
  const moved: { tid: number; from: number[] }[] = [];
  for (const name of readdirSync('/proc/self/task')) {
    const tid = Number(name);
    const from = native.threadCpus(tid);
    const own = free(from);
    const to = own.length > 0 ? own : rest;
    if (own.length === from.length || to.length === 0) continue;
    native.threadPlace(tid, to);
    moved.push({ tid, from });
  }
  return () => {
    for (const { tid, from } of moved) native.threadPlace(tid, from);
  };
}
