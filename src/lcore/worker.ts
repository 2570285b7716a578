import { readFileSync } from 'node:fs';
import { GCProfiler } from 'node:v8';
import { parentPort, workerData } from 'node:worker_threads';
import { WarplineError } from '../errors.js';
import { native } from '../memory/native.js';
import type { LcoreReport, LcoreSpec } from './lcore.js';

// A worker's life: take a name, a CPU and an lcore id, run the program, say how it ended. The id is
// given back by the addon when the thread's environment ends, however it ends.
const spec = workerData as LcoreSpec;

async function live(): Promise<LcoreReport> {
  try {
    native.lcoreName(spec.name);
    if (spec.cpu !== undefined) native.lcorePin(spec.cpu);
    native.lcoreRegister();
    const { [spec.program.export]: program } = await import(spec.program.module);
    const collector = new GCProfiler();
    collector.start();
    const before = preemptions();
    await program(spec.data);
    const collections = collector.stop()?.statistics.length ?? 0;
    return { type: 'done', disturbed: { collections, preemptions: preemptions() - before } };
  } catch (error) {
    if (error instanceof WarplineError)
      return {
        type: 'error',
        code: error.code,
        details: error.details,
        stack: error.stack ?? '',
      };
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    return { type: 'error', details: { reason: message }, stack: stack ?? '' };
  }
}

/** How often the kernel has given this thread's CPU to another one (proc(5)). */
function preemptions(): number {
  const status = readFileSync('/proc/thread-self/status', 'utf8');
  return Number(/^nonvoluntary_ctxt_switches:\s*(\d+)$/m.exec(status)?.[1] ?? 0);
}

parentPort?.postMessage(await live());
