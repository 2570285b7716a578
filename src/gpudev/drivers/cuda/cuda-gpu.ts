import { fail } from '../../../errors.js';
import type { Address } from '../../../memory/native.js';
import {
  type Compare,
  type EventId,
  type GpuFault,
  type GpuHandle,
  type GpuInfo,
  type GraphId,
  type KernelId,
  type StreamId,
  WRITES_MAX,
} from '../../driver.js';
import { AttachedGpu } from '../attached-gpu.js';
import { Board, CLOSED, FAULT } from './board.js';
import type { CudaHandle, CudaNative, CudaResult } from './native.js';
import { faultKind, isLasting, Result } from './result.js';

/** What another thread needs to submit to the same GPU. Survives `postMessage`. */
export interface CudaGpuHandle extends GpuHandle {
  readonly driver: 'cuda';
  readonly context: CudaHandle;
  readonly board: SharedArrayBuffer;
  readonly info: GpuInfo;
}

/** How long one native call waits before it lets the thread look whether the GPU is closed. */
const PATIENCE_MS = 100;

/** The context that is this thread's now. */
let current: CudaHandle = 0;

/**
 * A CUDA GPU in a thread that attached to it: the data-plane calls, one driver call each. Errors:
 * GPU_ARGUMENT and CUDA_FAILED at the call for what CUDA refuses; GPU_CLOSED, GPU_ILLEGAL_ADDRESS
 * and GPU_LAUNCH_FAILED from every call once the device is closed or lost; GPU_CONTROL_THREAD from
 * the control calls, which only the thread that opened it has.
 */
export class CudaGpu extends AttachedGpu {
  protected readonly board: Board;
  private asked = 0;

  constructor(
    readonly handle: CudaGpuHandle,
    protected readonly native: CudaNative,
  ) {
    super();
    this.board = new Board(handle.board);
    // A context made later may have the address of one that is gone.
    current = 0;
  }

  get info(): GpuInfo {
    return this.handle.info;
  }

  launch(stream: StreamId, kernel: KernelId, blocks: number, args: Float64Array): void {
    const call = 'launch';
    const on = this.streamOf(call, stream);
    const fn = this.kernelOf(call, kernel);
    const threads = this.board.threads[kernel];
    this.check(call, this.native.launch(on, fn, blocks, threads, args));
  }

  waitValue(stream: StreamId, address: Address, value: number, compare: Compare): void {
    const call = 'waitValue';
    const on = this.streamOf(call, stream);
    this.check(call, this.native.waitValue(on, address, value, compare));
  }

  writeValue(stream: StreamId, address: Address, value: number): void {
    const call = 'writeValue';
    const on = this.streamOf(call, stream);
    this.check(call, this.native.writeValue(on, address, value));
  }

  writeValues(stream: StreamId, writes: Float64Array, count: number): void {
    const call = 'writeValues';
    const on = this.streamOf(call, stream);
    const most = Math.min(WRITES_MAX, writes.length / 2);
    if (!Number.isInteger(count) || count < 1 || count > most)
      fail('GPU_ARGUMENT', { call, reason: `${count} is not 1 to ${Math.floor(most)} words` });
    this.check(call, this.native.writeValues(on, writes, count));
  }

  /** From host to host memory CUDA copies on the CPU, here: one side had better be the device's. */
  copy(stream: StreamId, to: Address, from: Address, bytes: number): void {
    const call = 'copy';
    const on = this.streamOf(call, stream);
    if (!Number.isSafeInteger(bytes) || bytes < 0)
      fail('GPU_ARGUMENT', { call, reason: `${bytes} is no number of bytes` });
    this.check(call, this.native.copy(on, to, from, bytes));
  }

  recordEvent(stream: StreamId, event: EventId): void {
    const call = 'recordEvent';
    const on = this.streamOf(call, stream);
    this.check(call, this.native.recordEvent(on, this.eventOf(call, event)));
  }

  launchGraph(stream: StreamId, graph: GraphId): void {
    const call = 'launchGraph';
    const on = this.streamOf(call, stream);
    this.check(call, this.native.graphLaunch(on, this.graphOf(call, graph)));
  }

  idle(stream: StreamId): boolean {
    const call = 'idle';
    const result = this.native.query(this.streamOf(call, stream));
    if (result === Result.NOT_READY) return false;
    this.check(call, result);
    return true;
  }

  /** Spins for a while, then yields, then sleeps between looks. */
  synchronize(stream: StreamId, limitMs = Infinity): void {
    const call = 'synchronize';
    const end = performance.now() + limitMs;
    for (let left = limitMs; left >= 0; left = end - performance.now()) {
      const result = this.native.await(this.streamOf(call, stream), Math.min(left, PATIENCE_MS));
      if (result === Result.NOT_READY) continue;
      this.check(call, result);
      return;
    }
    fail('GPU_STUCK', { device: this.info.name });
  }

  /** Mapped memory is write-combined: stores to it leave the CPU in order only around a fence. */
  writeBarrier(): void {
    this.mustLive('writeBarrier');
    this.native.storeFence();
  }

  /**
   * One load once the device is lost; before that also a look at one of its streams, because
   * nothing else tells that a persistent kernel has failed. It stays readable after `close`.
   */
  fault(): GpuFault | undefined {
    const { words, streams } = this.board;
    let result = Atomics.load(words, FAULT);
    if (result === 0) {
      if (Atomics.load(words, CLOSED) !== 0) return undefined;
      this.asked = streams.nextIn(this.asked + 1);
      const stream = streams.at(this.asked);
      if (stream === 0) return undefined;
      this.use();
      result = this.native.query(stream);
      if (!isLasting(result)) return undefined;
      result = this.lose(result);
    }
    const message = this.native.resultName(result);
    const kernel = this.board.suspect;
    return { kind: faultKind(result), message, ...(kernel !== undefined && { kernel }) };
  }

  /** Throws unless the device is open and well; makes its context this thread's. */
  protected mustLive(call: string): void {
    const { words } = this.board;
    if (Atomics.load(words, CLOSED) !== 0) fail('GPU_CLOSED', { call });
    if (Atomics.load(words, FAULT) !== 0) this.throwLost();
    this.use();
  }

  protected use(): void {
    const { context } = this.handle;
    if (current === context) return;
    this.native.contextUse(context);
    current = context;
  }

  /** The context is gone; the next one may well get its address. */
  protected forgetContext(): void {
    current = 0;
  }

  protected streamOf(call: string, id: StreamId): CudaHandle {
    this.mustLive(call);
    return this.board.streams.at(id) || this.none(call, 'stream', id);
  }

  protected kernelOf(call: string, id: KernelId): CudaHandle {
    return this.board.kernels.at(id) || this.none(call, 'kernel', id);
  }

  protected eventOf(call: string, id: EventId): CudaHandle {
    return this.board.events.at(id) || this.none(call, 'event', id);
  }

  protected graphOf(call: string, id: GraphId): CudaHandle {
    return this.board.graphs.at(id) || this.none(call, 'graph', id);
  }

  protected check(call: string, result: CudaResult): void {
    if (result !== Result.SUCCESS) this.refuse(call, result, this.native.resultName(result));
  }

  /** Throws for a result that is no success; `reason` says it in words. */
  protected refuse(call: string, result: CudaResult, reason: string): never {
    if (isLasting(result)) {
      this.lose(result);
      this.throwLost();
    }
    if (result === Result.INVALID_VALUE) fail('GPU_ARGUMENT', { call, reason });
    fail('CUDA_FAILED', { call, reason });
  }

  /** Keeps the first result the device was lost with, for every thread. */
  protected lose(result: CudaResult): CudaResult {
    return Atomics.compareExchange(this.board.words, FAULT, 0, result) || result;
  }

  private throwLost(): never {
    const { kind, message, kernel } = this.fault() as GpuFault;
    fail(kind === 'illegal-address' ? 'GPU_ILLEGAL_ADDRESS' : 'GPU_LAUNCH_FAILED', {
      who: kernel === undefined ? 'the device' : `kernel ${kernel}`,
      reason: message,
    });
  }

  private none(call: string, what: string, id: number): never {
    fail('GPU_ARGUMENT', { call, reason: `no ${what} ${id}` });
  }
}
