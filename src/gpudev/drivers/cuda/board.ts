import { fail } from '../../../errors.js';
import type { CudaHandle } from './native.js';

/** Words of the board: 0 open, 1 closed … */
export const CLOSED = 0;
/** … 0 well, else the CUresult the device was lost with … */
export const FAULT = 1;
/** … and how many kernels were loaded. */
export const LOADED = 2;

const HEADER_BYTES = 64;
const NAME_BYTES = 192;
const SIZES = { kernels: 1024, threads: 1024, streams: 128, events: 4096, graphs: 1024 };

/**
 * What the threads of one opened GPU share: its state, and CUDA's handles behind the small numbers
 * by which the interface names streams, kernels, events and graphs.
 *
 *   words │ name of the first kernel │ kernels │ threads of each │ streams │ events │ graphs
 *
 * A SharedArrayBuffer, so that a thread which comes after `close` reads "closed" here.
 */
export class Board {
  readonly words: Int32Array;
  readonly kernels: HandleTable;
  /** Threads a block of each kernel has. */
  readonly threads: Float64Array;
  readonly streams: HandleTable;
  readonly events: HandleTable;
  readonly graphs: HandleTable;
  private readonly name: Uint8Array;

  constructor(readonly shared: SharedArrayBuffer) {
    this.words = new Int32Array(shared, 0, HEADER_BYTES / 4);
    this.name = new Uint8Array(shared, HEADER_BYTES, NAME_BYTES);
    let at = HEADER_BYTES + NAME_BYTES;
    const take = (count: number) => {
      at += 8 * count;
      return new Float64Array(shared, at - 8 * count, count);
    };
    this.kernels = new HandleTable('kernels', take(SIZES.kernels));
    this.threads = take(SIZES.threads);
    this.streams = new HandleTable('streams', take(SIZES.streams));
    this.events = new HandleTable('events', take(SIZES.events));
    this.graphs = new HandleTable('graphs', take(SIZES.graphs));
  }

  static create(): Board {
    const numbers = Object.values(SIZES).reduce((sum, n) => sum + n, 0);
    return new Board(new SharedArrayBuffer(HEADER_BYTES + NAME_BYTES + 8 * numbers));
  }

  /** A kernel that is on the device now. */
  loaded(name: string): void {
    if (Atomics.add(this.words, LOADED, 1) === 0)
      this.name.set(new TextEncoder().encode(name).subarray(0, NAME_BYTES - 1));
  }

  /** The kernel that must have failed: CUDA does not say which, but where there is one, it did. */
  get suspect(): string | undefined {
    if (Atomics.load(this.words, LOADED) !== 1) return undefined;
    // A copy: TextDecoder refuses shared memory.
    return new TextDecoder().decode(this.name.slice(0, this.name.indexOf(0)));
  }
}

/** Handles by number. 0 is no handle: CUDA's are pointers. */
export class HandleTable {
  constructor(
    private readonly what: string,
    private readonly handles: Float64Array,
  ) {}

  /** 0 where there is none of that number, whatever the number. */
  at(id: number): CudaHandle {
    return this.handles[id] ?? 0;
  }

  /** Puts what `make` gives where there is room. Error: GPU_OUT_OF_RESOURCES. */
  add(make: () => CudaHandle): number {
    const id = this.handles.indexOf(0);
    if (id < 0) fail('GPU_OUT_OF_RESOURCES', { what: this.what, limit: this.handles.length });
    this.handles[id] = make();
    return id;
  }

  remove(id: number): void {
    this.handles[id] = 0;
  }

  /** The next one in use from `id` on, round and round; 0 when there is none. */
  nextIn(id: number): number {
    const { length } = this.handles;
    for (let n = 0; n < length; n++)
      if (this.handles[(id + n) % length] !== 0) return (id + n) % length;
    return 0;
  }

  /** All handles in use. */
  all(): CudaHandle[] {
    return [...this.handles].filter((handle) => handle !== 0);
  }
}
