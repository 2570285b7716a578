import { fail } from '../../../errors.js';
import type { Address } from '../../../memory/native.js';
import type {
  Compare,
  EventId,
  GpuFault,
  GpuHandle,
  GpuInfo,
  GraphId,
  KernelId,
  StreamId,
} from '../../driver.js';
import { AttachedGpu } from '../attached-gpu.js';
import { Board, FAULT, KERNELS, KERNELS_MAX } from './board.js';
import {
  checkBlocks,
  checkBytes,
  checkCompare,
  checkWord,
  checkWrites,
  isIndex,
} from './checks.js';
import { eventExists, expectEvent } from './event-table.js';
import { mustLive, readFault } from './fault.js';
import { graphAt, LAUNCHES } from './graph.js';
import { graphExists } from './graph-table.js';
import { Kind, putCopy, putKernel, putSubject, putWait, putWrite } from './operation.js';
import { StreamRings } from './stream-ring.js';

/** What another thread needs to submit to the same GPU. Survives `postMessage`. */
export interface SoftwareHandle extends GpuHandle {
  readonly driver: 'software';
  readonly board: SharedArrayBuffer;
  readonly info: GpuInfo;
}

/**
 * The software GPU in a thread that attached to it: the data-plane calls. Each writes one operation
 * into the stream's ring and moves its tail, nothing more, unless the device sleeps; when the ring
 * is full it waits for room. Errors: GPU_ARGUMENT at the call for what cannot be right; GPU_CLOSED,
 * GPU_ILLEGAL_ADDRESS and GPU_LAUNCH_FAILED from every call once the device is closed or lost;
 * GPU_CONTROL_THREAD from the control calls, which only the thread that opened it has.
 */
export class SoftwareGpu extends AttachedGpu {
  protected readonly board: Board;
  protected readonly rings: StreamRings;
  private known: GpuFault | undefined;

  constructor(readonly handle: SoftwareHandle) {
    super();
    this.board = new Board(handle.board);
    this.rings = new StreamRings(this.board);
  }

  get info(): GpuInfo {
    return this.handle.info;
  }

  launch(stream: StreamId, kernel: KernelId, blocks: number, args: Float64Array): void {
    const call = 'launch';
    this.mustExist(call, stream);
    if (!this.kernelExists(kernel)) fail('GPU_ARGUMENT', { call, reason: `no kernel ${kernel}` });
    checkBlocks(call, blocks);
    putKernel(this.board, this.rings.slot(stream, call), kernel, blocks, args);
    this.rings.publish(stream);
  }

  waitValue(stream: StreamId, address: Address, value: number, compare: Compare): void {
    const call = 'waitValue';
    this.mustExist(call, stream);
    checkWord(call, address);
    checkCompare(call, compare);
    putWait(this.board, this.rings.slot(stream, call), address, value, compare);
    this.rings.publish(stream);
  }

  writeValue(stream: StreamId, address: Address, value: number): void {
    const call = 'writeValue';
    this.mustExist(call, stream);
    checkWord(call, address);
    putWrite(this.board, this.rings.slot(stream, call), address, value);
    this.rings.publish(stream);
  }

  /** An operation each: one front end runs them all, so nothing is saved by their going together. */
  writeValues(stream: StreamId, writes: Float64Array, count: number): void {
    const call = 'writeValues';
    this.mustExist(call, stream);
    checkWrites(call, writes, count);
    for (let i = 0; i < count; i++) checkWord(call, writes[2 * i]);
    for (let i = 0; i < count; i++) {
      const slot = this.rings.slot(stream, call);
      putWrite(this.board, slot, writes[2 * i], writes[2 * i + 1]);
      this.rings.publish(stream);
    }
  }

  /**
   * Both sides must be memory the device knows, host memory registered: CUDA would stage copies of
   * other host memory through its own, at a price that no data plane wants to pay unseen.
   */
  copy(stream: StreamId, to: Address, from: Address, bytes: number): void {
    const call = 'copy';
    this.mustExist(call, stream);
    checkBytes(call, bytes);
    putCopy(this.board, this.rings.slot(stream, call), to, from, bytes);
    this.rings.publish(stream);
  }

  recordEvent(stream: StreamId, event: EventId): void {
    const call = 'recordEvent';
    this.mustExist(call, stream);
    this.mustBeEvent(call, event);
    const slot = this.rings.slot(stream, call);
    expectEvent(this.board, event);
    putSubject(this.board, slot, Kind.EVENT, event);
    this.rings.publish(stream);
  }

  /** A graph that runs already, here or on another stream, is waited for. */
  launchGraph(stream: StreamId, graph: GraphId): void {
    const call = 'launchGraph';
    this.mustExist(call, stream);
    this.mustBeGraph(call, graph);
    const slot = this.rings.slot(stream, call);
    Atomics.add(this.board.words, graphAt(graph) + LAUNCHES, 1);
    putSubject(this.board, slot, Kind.GRAPH, graph);
    this.rings.publish(stream);
  }

  idle(stream: StreamId): boolean {
    this.mustExist('idle', stream);
    return this.rings.idle(stream);
  }

  /** Spins, yields, then sleeps until the stream moves. */
  synchronize(stream: StreamId, limitMs?: number): void {
    const call = 'synchronize';
    this.mustExist(call, stream);
    if (!this.rings.awaitHead(stream, this.rings.tail(stream), call, limitMs))
      fail('GPU_STUCK', { device: this.info.name });
    // The stream may have come to its end and the device to its own at the same time.
    mustLive(this.board, call);
  }

  /** The CPU's stores become visible in order here (x86-64), and so do a multiprocessor's loads. */
  writeBarrier(): void {
    mustLive(this.board, 'writeBarrier');
    Atomics.load(this.board.words, FAULT);
  }

  /** One load while the device is well. It stays readable after `close`. */
  fault(): GpuFault | undefined {
    if (this.known === undefined && Atomics.load(this.board.words, FAULT) !== 0) {
      this.known = readFault(this.board);
    }
    return this.known;
  }

  /** The device lives, and has that stream. */
  protected mustExist(call: string, stream: StreamId): void {
    mustLive(this.board, call);
    if (!this.rings.exists(stream)) fail('GPU_ARGUMENT', { call, reason: `no stream ${stream}` });
  }

  protected mustBeEvent(call: string, event: EventId): void {
    if (!eventExists(this.board, event)) {
      fail('GPU_ARGUMENT', { call, reason: `no event ${event}` });
    }
  }

  protected mustBeGraph(call: string, graph: GraphId): void {
    if (!graphExists(this.board, graph)) {
      fail('GPU_ARGUMENT', { call, reason: `no graph ${graph}` });
    }
  }

  protected kernelExists(kernel: KernelId): boolean {
    return isIndex(kernel, KERNELS_MAX) && Atomics.load(this.board.words, KERNELS + kernel) === 1;
  }
}
