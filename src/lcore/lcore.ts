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
 * `ended` settles when its thread has ended, with the error if its program did not return.
 */
export class Lcore {
  readonly ended: Promise<WarplineError | undefined>;
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
