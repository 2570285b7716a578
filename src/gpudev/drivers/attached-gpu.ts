import { fail } from '../../errors.js';
import type { Address } from '../../memory/native.js';
import type {
  AllocateOptions,
  Compare,
  EventId,
  Gpu,
  GpuFault,
  GpuHandle,
  GpuInfo,
  GraphId,
  GraphNode,
  KernelId,
  KernelSource,
  StreamId,
} from '../driver.js';

/**
 * A GPU in a thread that attached to it, whatever the driver: the data-plane calls are the driver's,
 * the control calls are refused with GPU_CONTROL_THREAD: only the thread that opened it has them.
 */
export abstract class AttachedGpu implements Gpu {
  abstract readonly handle: GpuHandle;
  abstract get info(): GpuInfo;
  abstract writeBarrier(): void;
  abstract launch(stream: StreamId, kernel: KernelId, blocks: number, args: Float64Array): void;
  abstract waitValue(stream: StreamId, address: Address, value: number, compare: Compare): void;
  abstract writeValue(stream: StreamId, address: Address, value: number): void;
  abstract writeValues(stream: StreamId, writes: Float64Array, count: number): void;
  abstract copy(stream: StreamId, to: Address, from: Address, bytes: number): void;
  abstract idle(stream: StreamId): boolean;
  abstract synchronize(stream: StreamId, limitMs?: number): void;
  abstract recordEvent(stream: StreamId, event: EventId): void;
  abstract launchGraph(stream: StreamId, graph: GraphId): void;
  abstract fault(): GpuFault | undefined;

  /** Lets go of the GPU in this thread; it goes on for the others. */
  async close(): Promise<void> {}

  allocate(_bytes: number, _align?: number, _options?: AllocateOptions): Address {
    return this.notHere('allocate');
  }

  free(_address: Address): void {
    this.notHere('free');
  }

  register(_address: Address, _bytes: number): Address {
    return this.notHere('register');
  }

  unregister(_address: Address): void {
    this.notHere('unregister');
  }

  cpuMap(_address: Address, _bytes: number): Address {
    return this.notHere('cpuMap');
  }

  cpuUnmap(_address: Address): void {
    this.notHere('cpuUnmap');
  }

  async load(_source: KernelSource): Promise<KernelId> {
    return this.notHere('load');
  }

  createStream(): StreamId {
    return this.notHere('createStream');
  }

  destroyStream(_stream: StreamId): void {
    this.notHere('destroyStream');
  }

  abandon(): void {
    this.notHere('abandon');
  }

  createEvent(): EventId {
    return this.notHere('createEvent');
  }

  destroyEvent(_event: EventId): void {
    this.notHere('destroyEvent');
  }

  elapsed(_from: EventId, _to: EventId): number {
    return this.notHere('elapsed');
  }

  createGraph(_nodes: readonly GraphNode[]): GraphId {
    return this.notHere('createGraph');
  }

  destroyGraph(_graph: GraphId): void {
    this.notHere('destroyGraph');
  }

  private notHere(call: string): never {
    return fail('GPU_CONTROL_THREAD', { call });
  }
}
