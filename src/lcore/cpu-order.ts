import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * CPUs in the order in which they are given out: the first stays the first (the main thread's), then
 * come those that share a core with none before them, then the rest. Two lcores that poll on the hardware
 * threads of one core have half of it each; some machines number these one after the other, others
 * count all cores first. Source: Linux, cputopology.rst (thread_siblings_list); a virtual machine's
 * kernel knows what its host tells.
 *
 * `root`: of the file tree that is asked.
 */
export function cpuOrder(cpus: readonly number[], root = '/'): number[] {
  const taken = new Set<string>();
  const [alone, sharing]: number[][] = [[], []];
  for (const cpu of cpus) {
    const core = coreOf(cpu, root);
    (taken.has(core) ? sharing : alone).push(cpu);
    taken.add(core);
  }
  return [...alone, ...sharing];
}

/** The hardware threads of a CPU's core, as the kernel lists them; where it does not, the CPU alone. */
function coreOf(cpu: number, root: string): string {
  const file = join(root, `sys/devices/system/cpu/cpu${cpu}/topology/thread_siblings_list`);
  try {
    return readFileSync(file, 'latin1').trim();
  } catch {
    return `${cpu}`;
  }
}
