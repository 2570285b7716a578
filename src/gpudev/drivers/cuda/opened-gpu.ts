import { fail } from '../../../errors.js';
import { roundUp } from '../../../memory/memory.js';
import type { Address } from '../../../memory/native.js';
import type {
  AllocateOptions,
  CudaImage,
  CudaSource,
  EventId,
  GpuInfo,
  GraphId,
  GraphNode,
  KernelId,
  KernelSource,
  StreamId,
} from '../../driver.js';
import { Board, CLOSED, FAULT } from './board.js';
import { type Architecture, compile } from './compiler.js';
import type { Contexts } from './contexts.js';
import { CudaGpu } from './cuda-gpu.js';
import { addNodes } from './graph.js';
import { MappedMemory } from './mapped-memory.js';
import type { CudaHandle, CudaNative } from './native.js';
import { imageTrouble, isLasting, Result } from './result.js';

/** What every allocation of cuMemAlloc is aligned to, at the least. */
const ALIGNED = 256;
/** How long closing waits for what runs, and where that was given up already. */
const END_MS = 1000;
const ABANDONED_END_MS = 100;

/** A CUDA GPU in the thread that opened it, in a context of its own: the control calls too. */
export class OpenedCudaGpu extends CudaGpu {
  /** What the driver gave, by the address given on: they differ where more alignment was asked. */
  private readonly allocations = new Map<Address, Address>();
  /** Bytes, by address. */
  private readonly registered = new Map<Address, number>();
  /** What is loaded or being loaded, by its source. */
  private readonly kernels = new Map<string, Promise<KernelId>>();
  private readonly mapped: MappedMemory;
  private readonly ownInfo: GpuInfo;
  /** Idle always: for clearing memory and uploading graphs. */
  private readonly service: CudaHandle;
  private closing: Promise<void> | undefined;

  /** Errors: GPU_LOST_BEFORE, CUDA_FAILED. */
  constructor(
    native: CudaNative,
    info: GpuInfo,
    private readonly architecture: Architecture,
    private readonly contexts: Contexts,
  ) {
    const context = contextOf(contexts, info.index);
    super({ driver: 'cuda', context, board: Board.create().shared, info }, native);
    this.use();
    this.service = native.createStream();
    const mapped = new MappedMemory(native, info.index, this.service);
    this.mapped = mapped;
    this.ownInfo = Object.defineProperty({ ...info }, 'cpuMappable', {
      enumerable: true,
      get: () => mapped.available,
    });
  }

  /** Asked for the first time, `cpuMappable` loads what maps memory: that takes a while. */
  override get info(): GpuInfo {
    return this.ownInfo;
  }

  /**
   * Bytes, zeroed; `align` a power of two. Errors: GPU_ARGUMENT, GPU_OUT_OF_MEMORY, and CPU_MAPPING
   * for `mappable` memory.
   */
  override allocate(bytes: number, align = 0, { mappable }: AllocateOptions = {}): Address {
    const call = 'allocate';
    this.mustLive(call);
    if (!Number.isSafeInteger(bytes) || bytes <= 0)
      fail('GPU_ARGUMENT', { call, reason: `${bytes} is no number of bytes` });
    if (mappable) return this.made(call, bytes, () => this.mapped.allocate(bytes, align));
    const extra = align > ALIGNED ? align : 0;
    const given = this.made(call, bytes, () => this.native.allocate(bytes + extra, this.service));
    const address = extra === 0 ? given : roundUp(given, align);
    this.allocations.set(address, given);
    return address;
  }

  /** Waits for what runs on the device, as cuMemFree does. Error: GPU_UNKNOWN_ADDRESS. */
  override free(address: Address): void {
    const call = 'free';
    this.mustLive(call);
    if (this.mapped.has(address)) {
      this.check(call, this.mapped.free(address));
      return;
    }
    const given = this.allocations.get(address);
    if (given === undefined) unknown(call, address, 'no allocation begins there');
    this.check(call, this.native.free(given as Address));
    this.allocations.delete(address);
  }

  /** Host memory of this process. GPU_ARGUMENT: it is not, or part of it is registered already. */
  override register(address: Address, bytes: number): Address {
    const call = 'register';
    this.mustLive(call);
    if (!Number.isSafeInteger(bytes) || bytes <= 0 || !Number.isSafeInteger(address))
      fail('GPU_ARGUMENT', { call, reason: `${bytes} bytes at ${address} are no memory` });
    const seen = this.made(call, bytes, () => this.native.register(address, bytes));
    this.registered.set(address, bytes);
    return seen;
  }

  /** When it returns the memory may be unmapped. Error: GPU_UNKNOWN_ADDRESS. */
  override unregister(address: Address): void {
    const call = 'unregister';
    this.mustLive(call);
    if (!this.registered.has(address)) unknown(call, address, 'no registration begins there');
    this.check(call, this.native.unregister(address));
    this.registered.delete(address);
  }

  /** The mapping is as old as the memory. Error: GPU_UNKNOWN_ADDRESS. */
  override cpuMap(address: Address, bytes: number): Address {
    const call = 'cpuMap';
    this.mustLive(call);
    const cpu = this.mapped.cpuAddress(address, bytes);
    return cpu ?? unknown(call, address, `no mappable allocation of ${bytes} bytes begins there`);
  }

  override cpuUnmap(address: Address): void {
    const call = 'cpuUnmap';
    this.mustLive(call);
    if (!this.mapped.has(address)) unknown(call, address, 'no mappable allocation begins there');
  }

  /**
   * Compiles the kernel's CUDA side and puts it on the device, wholly: lazy loading would wait for a
   * persistent kernel. Loading does that too, so a kernel that is there already is not loaded again
   * (each pipeline asks for its own). Errors: KERNEL_SIDE, KERNEL_COMPILE, CUDA_COMPILER,
   * KERNEL_IMAGE.
   */
  override async load(source: KernelSource): Promise<KernelId> {
    this.mustLive('load');
    const { name, cuda, cudaImage } = source;
    const side = cuda ?? cudaImage;
    if (side === undefined) return fail('KERNEL_SIDE', { kernel: name, side: 'CUDA' });
    const key = JSON.stringify([name, side]);
    const known = this.kernels.get(key);
    if (known !== undefined) return known;
    const loading = this.loadNew(name, side);
    this.kernels.set(key, loading);
    loading.catch(() => this.kernels.delete(key));
    return loading;
  }

  private async loadNew(name: string, side: CudaSource | CudaImage): Promise<KernelId> {
    const { image, entry } =
      'image' in side ? side : await compile(this.native, name, side, this.architecture);
    this.mustLive('load');
    const id = this.board.kernels.add(() => this.loadImage(name, image, entry));
    this.board.threads[id] = side.threads;
    this.board.loaded(name);
    return id;
  }

  private loadImage(kernel: string, image: Uint8Array, entry: string): CudaHandle {
    return this.made('load', 0, () => {
      try {
        return this.native.loadModule(image, entry);
      } catch (error) {
        const reason = imageTrouble(error as Error, `sm_${this.architecture}`, entry);
        if (reason === undefined) throw error;
        return fail('KERNEL_IMAGE', { kernel, device: this.info.name, reason });
      }
    });
  }

  override createStream(): StreamId {
    const call = 'createStream';
    this.mustLive(call);
    return this.board.streams.add(() => this.made(call, 0, () => this.native.createStream()));
  }

  /** What was submitted to it still runs, as with cuStreamDestroy. */
  override destroyStream(stream: StreamId): void {
    const call = 'destroyStream';
    const handle = this.streamOf(call, stream);
    this.board.streams.remove(stream);
    this.check(call, this.native.destroyStream(handle));
  }

  override createEvent(): EventId {
    const call = 'createEvent';
    this.mustLive(call);
    return this.board.events.add(() => this.made(call, 0, () => this.native.createEvent()));
  }

  override destroyEvent(event: EventId): void {
    const call = 'destroyEvent';
    this.mustLive(call);
    const handle = this.eventOf(call, event);
    this.board.events.remove(event);
    this.check(call, this.native.destroyEvent(handle));
  }

  override elapsed(from: EventId, to: EventId): number {
    const call = 'elapsed';
    this.mustLive(call);
    return this.native.elapsed(this.eventOf(call, from), this.eventOf(call, to));
  }

  /** Error: GPU_ARGUMENT for nodes that cannot run, and for cycles. */
  override createGraph(nodes: readonly GraphNode[]): GraphId {
    const call = 'createGraph';
    this.mustLive(call);
    const { native, service } = this;
    return this.board.graphs.add(() =>
      this.made(call, 0, () => {
        const graph = native.graphCreate();
        try {
          addNodes(native, graph, nodes, {
            context: this.handle.context,
            kernel: (id) => ({
              handle: this.kernelOf(call, id),
              threads: this.board.threads[id],
            }),
            isHost: (address) => this.isHost(address),
          });
        } catch (error) {
          native.graphDiscard(graph);
          throw error;
        }
        return native.graphInstantiate(graph, service);
      }),
    );
  }

  override destroyGraph(graph: GraphId): void {
    const call = 'destroyGraph';
    this.mustLive(call);
    const handle = this.graphOf(call, graph);
    this.board.graphs.remove(graph);
    this.check(call, this.native.graphDestroy(handle));
  }

  /** CUDA's own name for it is a launch timeout; it ends no kernel, which `close` finds out. */
  override abandon(): void {
    this.lose(Result.LAUNCH_TIMEOUT);
  }

  /**
   * Idempotent. After it every call throws GPU_CLOSED, in other threads too. CUDA ends no kernel
   * that does not end by itself: one that is still running a second later goes with the process,
   * and so do the memory and the context it uses. Error then: GPU_STUCK. A context that is well is
   * left to the next opening while `cudaDriver.hold` says so.
   */
  override close(): Promise<void> {
    this.closing ??= this.end();
    return this.closing;
  }

  private isHost(address: Address): boolean {
    for (const [start, bytes] of this.registered)
      if (address >= start && address < start + bytes) return true;
    return false;
  }

  private async end(): Promise<void> {
    const { native, board } = this;
    this.use();
    Atomics.store(board.words, CLOSED, 1);
    const abandoned = Atomics.load(board.words, FAULT) === Result.LAUNCH_TIMEOUT;
    const limit = performance.now() + (abandoned ? ABANDONED_END_MS : END_MS);
    for (const stream of board.streams.all()) {
      const result = native.await(stream, Math.max(0, limit - performance.now()));
      if (result === Result.NOT_READY) fail('GPU_STUCK', { device: this.info.name });
      if (isLasting(result)) this.lose(result);
    }
    for (const address of this.registered.keys()) native.unregister(address);
    this.mapped.close();
    const lost = Atomics.load(board.words, FAULT) !== 0;
    const { index } = this.handle.info;
    this.contexts.leave(index, this.handle.context, () => !lost && this.empty());
    if (lost) this.contexts.forget(index);
    native.contextUse(0);
    this.forgetContext();
  }

  /** Gives back all that is in the context; whether each call went well. */
  private empty(): boolean {
    const { native, board } = this;
    return [
      ...board.graphs.all().map((graph) => native.graphDestroy(graph)),
      ...board.events.all().map((event) => native.destroyEvent(event)),
      ...[...board.streams.all(), this.service].map((stream) => native.destroyStream(stream)),
      ...board.kernels.all().map((kernel) => native.unloadModule(kernel)),
      ...[...this.allocations.values()].map((given) => native.free(given)),
    ].every((result) => result === Result.SUCCESS);
  }

  /** Runs a call that makes something; its Error becomes one of the catalogue. */
  private made<T>(call: string, bytes: number, make: () => T): T {
    try {
      return make();
    } catch (error) {
      const { code, message } = error as Error & { code?: string };
      const result = Number(code);
      if (!Number.isInteger(result)) throw error;
      if (result === Result.OUT_OF_MEMORY && bytes > 0) {
        const total = this.info.totalMemory;
        fail('GPU_OUT_OF_MEMORY', { bytes, free: this.native.freeMemory(), total });
      }
      if (result === Result.ALREADY_REGISTERED)
        fail('GPU_ARGUMENT', { call, reason: 'part of that memory is registered already' });
      return this.refuse(call, result, message);
    }
  }
}

function contextOf(contexts: Contexts, index: number): CudaHandle {
  try {
    return contexts.take(index);
  } catch (error) {
    const { code, message: reason } = error as Error & { code?: string };
    // "To continue using CUDA, the process must be terminated" (CUresult, CUDA Driver API).
    if (isLasting(Number(code))) fail('GPU_LOST_BEFORE', { device: `cuda:${index}`, reason });
    return fail('CUDA_FAILED', { call: 'open', reason });
  }
}

function unknown(call: string, address: Address, reason: string): never {
  fail('GPU_UNKNOWN_ADDRESS', { call, address: `0x${address.toString(16)}`, reason });
}
