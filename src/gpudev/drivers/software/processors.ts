import { Worker } from 'node:worker_threads';
import { fail } from '../../../errors.js';
import type { GpuFault, KernelSource } from '../../driver.js';
import { wake } from './bell.js';
import { type Board, CLOSED, MAIL, processorLine } from './board.js';
import { keepFault } from './fault.js';
import type { LoadMail, MultiprocessorData, MultiprocessorReply } from './multiprocessor.js';

/** How long multiprocessors may take to end by themselves before their threads are ended. */
const GRACE_MS = 200;

interface Loading {
  left: number;
  reason: string | undefined;
  resolve(): void;
  reject(error: Error): void;
}

/** The threads of the multiprocessors, as the thread that opened the GPU holds them. */
export class Processors {
  private readonly loading = new Map<number, Loading>();
  private readonly workers: Worker[] = [];
  private ended: Promise<unknown> = Promise.resolve();

  private constructor(private readonly board: Board) {}

  static async start(board: Board, count: number): Promise<Processors> {
    const made = new Processors(board);
    const started: Promise<void>[] = [];
    const ended: Promise<void>[] = [];
    // Under `node --input-type=module -e …` Node would refuse to run a file in a thread.
    const evaluated = process.execArgv.some((arg) => arg.startsWith('--input-type'));
    const options = evaluated ? { execArgv: [] } : {};
    for (let number = 0; number < count; number++) {
      const workerData: MultiprocessorData = { board: board.shared, number };
      const url = new URL('./multiprocessor.js', import.meta.url);
      const worker = new Worker(url, { workerData, name: `gpu-sm${number}`, ...options });
      made.workers.push(worker);
      ended.push(new Promise((resolve) => worker.once('exit', () => resolve())));
      started.push(made.follow(worker, number));
    }
    made.ended = Promise.all(ended);
    try {
      await Promise.all(started);
    } catch (error) {
      await made.close();
      throw error;
    }
    made.hold(false);
    return made;
  }

  /** Has every multiprocessor import a kernel; throws when one cannot. */
  async load(id: number, source: KernelSource): Promise<void> {
    this.hold(true);
    const done = new Promise<void>((resolve, reject) => {
      this.loading.set(id, { left: this.workers.length, reason: undefined, resolve, reject });
    });
    const mail: LoadMail = { id, source: { name: source.name, software: source.software } };
    this.workers.forEach((worker, number) => {
      worker.postMessage(mail);
      Atomics.add(this.board.words, processorLine(number) + MAIL, 1);
    });
    this.callAll();
    try {
      await done;
    } finally {
      this.loading.delete(id);
      if (this.loading.size === 0) this.hold(false);
    }
  }

  /** Ends all threads, those too that are in a kernel which never returns. */
  async close(): Promise<void> {
    Atomics.store(this.board.words, CLOSED, 1);
    this.callAll();
    this.hold(true);
    for (const loading of this.loading.values()) loading.reject(this.lostWhileLoading());
    let timer: NodeJS.Timeout | undefined;
    const grace = new Promise((resolve) => {
      timer = setTimeout(resolve, GRACE_MS);
    });
    await Promise.race([this.ended, grace]);
    clearTimeout(timer);
    await Promise.all(this.workers.map((worker) => worker.terminate()));
    await this.ended;
  }

  /** Ends the device, not yet its threads. */
  lose(fault: GpuFault): void {
    keepFault(this.board, fault);
    this.callAll();
  }

  private follow(worker: Worker, number: number): Promise<void> {
    return new Promise((resolve, reject) => {
      worker.on('message', (reply: MultiprocessorReply) => {
        if (reply.type === 'started') resolve();
        else this.loaded(reply.id, reply.reason);
      });
      worker.on('error', (error) => {
        reject(error);
        this.died(`multiprocessor ${number}: ${error.message}`);
      });
      worker.on('exit', () => {
        const reason = `multiprocessor ${number} ended`;
        reject(new Error(reason));
        this.died(reason);
      });
    });
  }

  private loaded(id: number, reason: string | undefined): void {
    const loading = this.loading.get(id);
    if (loading === undefined) return;
    loading.reason ??= reason;
    if (--loading.left > 0) return;
    if (loading.reason === undefined) loading.resolve();
    else loading.reject(new Error(loading.reason));
  }

  /** A thread that ends before `close` takes the device with it. */
  private died(message: string): void {
    if (Atomics.load(this.board.words, CLOSED) !== 0) return;
    this.lose({ kind: 'launch-failure', message });
    for (const loading of this.loading.values()) loading.reject(new Error(message));
  }

  private lostWhileLoading(): Error {
    try {
      return fail('GPU_CLOSED', { call: 'load' });
    } catch (error) {
      return error as Error;
    }
  }

  private callAll(): void {
    this.board.callAttention();
    this.workers.forEach((_, number) => {
      wake(this.board, number);
    });
  }

  /**
   * Only while something is awaited do the threads keep the process alive, as a real GPU would not.
   */
  private hold(on: boolean): void {
    for (const worker of this.workers) on ? worker.ref() : worker.unref();
  }
}
