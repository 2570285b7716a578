import { availableParallelism } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { type ErrorCode, WarplineError } from '../errors.js';

/**
 * A number that is no small integer (an address, a time) costs 16 bytes of garbage where a function
 * gives it to another, unless V8 makes one of the two: it inlines callees of 920 bytes of bytecode in
 * all, and the loop of an lcore has more. Collecting garbage stops an lcore for 0.2 ms or more, long
 * enough for thousands of packets to find the port's ring full.
 */
export const INLINING = '--max-inlined-bytecode-size-cumulative=4000';
/**
 * Whether there are CPUs beside those of a pipeline. With fewer the compiler competes with lcores for
 * them, and takes three times as long for such loops; and lcores wait for each other longer than a
 * collection takes.
 */
export const CPUS_TO_SPARE = availableParallelism() >= 4;

if (CPUS_TO_SPARE) setFlagsFromString(INLINING);

/** What a worker thread is to run, and where. Everything in it survives `postMessage`. */
export interface LcoreSpec {
  /** Thread name, at most 15 characters: what top -H and perf show. */
  name: string;
  /** CPU to pin to; absent: wherever the scheduler likes. */
  cpu?: number;
  /** Function `(data) => void | Promise<void>` to run; the data plane's are loops, not promises. */
  program: { module: string; export: string };
  data: unknown;
}

/** What stopped an lcore while its program ran. */
export interface Disturbed {
  /**
   * How often V8 collected its garbage, which takes 0.2 ms or more: a few times while the program is
   * compiled, then no more.
   */
  collections: number;
  /**
   * How often the kernel gave its CPU to another thread, for milliseconds perhaps: never, where it has
   * the CPU to itself. Where lcores share CPUs they yield, which counts too.
   */
  preemptions: number;
}

/** What a worker says when it ends. */
export type LcoreReport =
  | { type: 'done'; disturbed: Disturbed }
  | { type: 'error'; code?: ErrorCode; details: Record<string, string | number>; stack: string };

/**
 * A worker thread as an lcore: registered with DPDK (so that it has a mempool cache), named, pinned.
 * `ended` settles when its thread has ended, with the error if its program did not return.
 */
export class Lcore {
  readonly ended: Promise<WarplineError | undefined>;
  /** Of a program that has returned. */
  disturbed: Disturbed | undefined;
  private readonly worker: Worker;
  private killed = false;

  constructor(readonly spec: LcoreSpec) {
    this.worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: spec });
    this.ended = new Promise((resolve) => {
      let reported = false;
      let verdict: WarplineError | undefined;
      this.worker.on('message', (report: LcoreReport) => {
        reported = true;
        if (report.type === 'error') verdict = this.failure(report);
        else this.disturbed = report.disturbed;
      });
      // What a callback of the program threw: any value.
      this.worker.on('error', (thrown: unknown) => {
        reported = true;
        const { message, stack } = thrown instanceof Error ? thrown : new Error(String(thrown));
        verdict = this.failure({ type: 'error', details: { reason: message }, stack: stack ?? '' });
      });
      this.worker.on('exit', (status) => {
        if (!reported && !this.killed) verdict = this.left(status);
        resolve(verdict);
      });
    });
  }

  /** Ends the thread wherever it is. For the second Ctrl-C: what it held is not given back. */
  async kill(): Promise<void> {
    this.killed = true;
    await this.worker.terminate();
  }

  private failure(report: LcoreReport & { type: 'error' }): WarplineError {
    const error =
      report.code === undefined
        ? new WarplineError('LCORE_FAILED', { lcore: this.spec.name, ...report.details })
        : new WarplineError(report.code, report.details);
    error.stack = report.stack;
    return error;
  }

  /** The program left (process.exit) instead of returning. */
  private left(status: number): WarplineError {
    const reason = `it exited with status ${status} instead of returning`;
    return new WarplineError('LCORE_FAILED', { lcore: this.spec.name, reason });
  }
}
