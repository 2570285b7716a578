import { Worker } from 'node:worker_threads';
import { type ErrorCode, WarplineError } from '../errors.js';

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

/** What a worker says when it ends. */
export type LcoreReport =
  | { type: 'done' }
  | { type: 'error'; code?: ErrorCode; details: Record<string, string | number>; stack: string };

/**
 * A worker thread as an lcore: registered with DPDK (so that it has a mempool cache), named, pinned.
 * `ended` settles when its program has returned, with the error if it threw one.
 */
export class Lcore {
  readonly ended: Promise<WarplineError | undefined>;
  private readonly worker: Worker;

  constructor(readonly spec: LcoreSpec) {
    this.worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: spec });
    this.ended = new Promise((resolve) => {
      let verdict: WarplineError | undefined;
      this.worker.on('message', (report: LcoreReport) => {
        if (report.type === 'error') verdict = this.failure(report);
      });
      this.worker.on('error', (error) => {
        verdict = new WarplineError('LCORE_FAILED', { lcore: spec.name, reason: error.message });
        verdict.stack = error.stack;
      });
      this.worker.on('exit', () => resolve(verdict));
    });
  }

  /** Ends the thread wherever it is. For the second Ctrl-C: what it held is not given back. */
  async kill(): Promise<void> {
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
}
