import { parentPort, workerData } from 'node:worker_threads';
import { WarplineError } from '../errors.js';
import { Compare, type GpuHandle } from '../gpudev/driver.js';
import { softwareDriver } from '../gpudev/drivers/software/driver.js';

/** A thread of the tests that attaches to a GPU and submits to a stream of it. */
export interface SubmitterData {
  readonly handle: GpuHandle;
  readonly stream: number;
  readonly kernel: number;
  /** How many works to submit, after a wait for `gate`. */
  readonly works: number;
  /** Addresses of words: every work adds one to `sum`; `gate` opens the stream. */
  readonly sum: number;
  readonly gate: number;
  /** Counts what was submitted, in shared memory: 0 submitted. */
  readonly progress: SharedArrayBuffer;
}

/** Its one message. */
export interface SubmitterReport {
  readonly error?: string;
}

async function submit(data: SubmitterData): Promise<void> {
  const gpu = await softwareDriver.attach(data.handle);
  const progress = new Int32Array(data.progress);
  const args = Float64Array.of(data.sum, 1, 0, 0, 0, 0, 0, 0);
  gpu.waitValue(data.stream, data.gate, 1, Compare.EQ);
  for (let i = 0; i < data.works; i++) {
    gpu.launch(data.stream, data.kernel, 1, args);
    Atomics.add(progress, 0, 1);
  }
  gpu.synchronize(data.stream);
  await gpu.close();
}

if (parentPort !== null) {
  const report = (message: SubmitterReport): void => parentPort?.postMessage(message);
  submit(workerData as SubmitterData).then(
    () => report({}),
    (error) => report({ error: error instanceof WarplineError ? error.code : String(error) }),
  );
}
