import { fail, WarplineError } from '../../../errors.js';
import type { Address } from '../../../memory/native.js';
import type {
  EventId,
  GpuInfo,
  GraphId,
  GraphNode,
  KernelId,
  KernelSource,
  StreamId,
} from '../../driver.js';
import { Arena } from './arena.js';
import { Board, KERNELS, KERNELS_MAX, PROCESSORS } from './board.js';
import { EventTable } from './event-table.js';
import { hex, mustLive } from './fault.js';
import { GraphTable } from './graph-table.js';
import { isHostMemory } from './host-range.js';
import { LaunchTable } from './launch-table.js';
import { Processors } from './processors.js';
import { SoftwareGpu } from './software-gpu.js';
import { SpanTable } from './span-table.js';

/** The most a window reaches (Node 20's limit for memory that is not its own). */
const SPAN_MAX = 2 ** 32;
/** First address that is no CPU's in user space (x86-64). */
const HOST_END = 2 ** 47;

/** The software GPU in the thread that opened it: the control calls too. */
export class OpenedGpu extends SoftwareGpu {
  private readonly arena: Arena;
  private readonly spans: SpanTable;
  private readonly events: EventTable;
  private readonly graphs: GraphTable;
  private readonly registered = new Set<Address>();
  private readonly mapped = new Set<Address>();
  private kernels = 0;
  private closing: Promise<void> | undefined;

  private constructor(
    board: Board,
    info: GpuInfo,
    private readonly processors: Processors,
  ) {
    super({ driver: 'software', board: board.shared, info });
    this.arena = new Arena(info.totalMemory);
    this.spans = new SpanTable(board);
    this.events = new EventTable(board);
    this.graphs = new GraphTable(board);
  }

  static async open(info: GpuInfo): Promise<OpenedGpu> {
    const board = Board.create();
    board.words[PROCESSORS] = info.processorCount;
    new LaunchTable(board).reset();
    return new OpenedGpu(board, info, await Processors.start(board, info.processorCount));
  }

  /** Bytes; `align` up to 1 MiB. Errors: GPU_ARGUMENT, GPU_OUT_OF_MEMORY, GPU_OUT_OF_RESOURCES. */
  override allocate(bytes: number, align = 0): Address {
    mustLive(this.board, 'allocate');
    const address = this.arena.allocate(bytes, align);
    try {
      this.spans.add(address, bytes, this.arena.cpuAddress(address));
    } catch (error) {
      this.arena.free(address);
      throw error;
    }
    return address;
  }

  /**
   * Errors: GPU_UNKNOWN_ADDRESS, also for what is freed already; GPU_MEMORY_BUSY when a plain
   * function that touched the memory does not return within a second (CUDA would wait for ever).
   */
  override free(address: Address): void {
    const call = 'free';
    mustLive(this.board, call);
    const span = this.spans.at(address);
    if (span === undefined || this.registered.has(address)) {
      unknown(call, address, 'no allocation begins there');
    }
    this.spans.remove(span, call);
    const end = address + span.bytes;
    for (const at of this.mapped) if (at >= address && at < end) this.mapped.delete(at);
    this.arena.free(address);
  }

  /**
   * Host memory of this process, 1 byte to 4 GiB at a multiple of 8; kernels see it at its own
   * address, as under CUDA's unified addressing. Error: GPU_ARGUMENT, also for what overlaps.
   */
  override register(address: Address, bytes: number): Address {
    const call = 'register';
    mustLive(this.board, call);
    const where = `[${hex(address)}, +${bytes})`;
    if (!Number.isSafeInteger(bytes) || bytes <= 0 || bytes > SPAN_MAX) {
      fail('GPU_ARGUMENT', { call, reason: `${bytes} bytes are not 1 to ${SPAN_MAX}` });
    }
    if (!Number.isSafeInteger(address) || address % 8 !== 0) {
      fail('GPU_ARGUMENT', { call, reason: `${hex(address)} is not a multiple of 8` });
    }
    if (address <= 0 || address + bytes > HOST_END || !isHostMemory(address, bytes)) {
      fail('GPU_ARGUMENT', { call, reason: `${where} is not all memory of this process` });
    }
    if (this.spans.overlap(address, bytes) !== undefined) {
      fail('GPU_ARGUMENT', { call, reason: `part of ${where} is registered already` });
    }
    this.spans.add(address, bytes, address);
    this.registered.add(address);
    return address;
  }

  /** When it returns the memory may be unmapped. Errors as for `free`. */
  override unregister(address: Address): void {
    const call = 'unregister';
    mustLive(this.board, call);
    const span = this.spans.at(address);
    if (span === undefined || !this.registered.has(address)) {
      unknown(call, address, 'no registration begins there');
    }
    this.spans.remove(span, call);
    this.registered.delete(address);
  }

  /** Any part of one allocation, for as long as that lives. Error: GPU_UNKNOWN_ADDRESS. */
  override cpuMap(address: Address, bytes: number): Address {
    const call = 'cpuMap';
    mustLive(this.board, call);
    const span = this.spans.overlap(address, bytes);
    const holds =
      span !== undefined &&
      !this.registered.has(span.address) &&
      bytes > 0 &&
      address >= span.address &&
      address + bytes <= span.address + span.bytes;
    if (!holds) return unknown(call, address, `no allocation holds its ${bytes} bytes`);
    this.mapped.add(address);
    return this.arena.cpuAddress(address);
  }

  override cpuUnmap(address: Address): void {
    mustLive(this.board, 'cpuUnmap');
    if (!this.mapped.delete(address)) unknown('cpuUnmap', address, 'it is not mapped');
  }

  /**
   * Every multiprocessor imports the kernel, for which it leaves its loop: resident blocks pause,
   * and one that is inside a plain function delays this until it returns, as lazy loading on a real
   * GPU waits for what runs (CUDA C++ Programming Guide, lazy loading). Errors: KERNEL_SIDE,
   * KERNEL_NOT_FOUND.
   */
  override async load(source: KernelSource): Promise<KernelId> {
    mustLive(this.board, 'load');
    if (source.software === undefined)
      fail('KERNEL_SIDE', { kernel: source.name, side: 'software' });
    const id = this.kernels++;
    if (id >= KERNELS_MAX) fail('GPU_OUT_OF_RESOURCES', { what: 'kernels', limit: KERNELS_MAX });
    try {
      await this.processors.load(id, source);
    } catch (error) {
      mustLive(this.board, 'load');
      if (error instanceof WarplineError) throw error;
      const { module } = source.software;
      fail('KERNEL_NOT_FOUND', { kernel: source.name, module, reason: (error as Error).message });
    }
    Atomics.store(this.board.words, KERNELS + id, 1);
    return id;
  }

  override createStream(): StreamId {
    mustLive(this.board, 'createStream');
    return this.rings.create();
  }

  /** What was submitted to it still runs, as with cuStreamDestroy. */
  override destroyStream(stream: StreamId): void {
    this.mustExist('destroyStream', stream);
    this.rings.destroy(stream);
  }

  override createEvent(): EventId {
    mustLive(this.board, 'createEvent');
    return this.events.create();
  }

  override destroyEvent(event: EventId): void {
    mustLive(this.board, 'destroyEvent');
    this.mustBeEvent('destroyEvent', event);
    this.events.destroy(event);
  }

  override elapsed(from: EventId, to: EventId): number {
    mustLive(this.board, 'elapsed');
    this.mustBeEvent('elapsed', from);
    this.mustBeEvent('elapsed', to);
    return this.events.elapsed(from, to);
  }

  /** Error: GPU_ARGUMENT for nodes that cannot run, and for cycles. */
  override createGraph(nodes: readonly GraphNode[]): GraphId {
    mustLive(this.board, 'createGraph');
    return this.graphs.create(nodes, (kernel) => this.kernelExists(kernel));
  }

  override destroyGraph(graph: GraphId): void {
    mustLive(this.board, 'destroyGraph');
    this.mustBeGraph('destroyGraph', graph);
    this.graphs.destroy(graph);
  }

  /** The thread of a kernel that never returns goes when the GPU is closed. */
  override abandon(): void {
    this.processors.lose({ kind: 'launch-failure', message: 'it does not end and was given up' });
  }

  /** Idempotent. After it every call throws GPU_CLOSED, in other threads too. */
  override close(): Promise<void> {
    this.closing ??= this.processors.close().then(() => this.arena.release());
    return this.closing;
  }
}

function unknown(call: string, address: Address, reason: string): never {
  return fail('GPU_UNKNOWN_ADDRESS', { call, address: hex(address), reason });
}
