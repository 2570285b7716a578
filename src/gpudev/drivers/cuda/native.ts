import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Address } from '../../../memory/native.js';

/** A CUDA object behind a pointer (`CUstream`, `CUfunction`, …), as a number. */
export type CudaHandle = number;
/** A `CUresult`: 0 is success. */
export type CudaResult = number;

export interface CudaDeviceInfo {
  readonly name: string;
  /** PCI address, as "0000:01:00.0". */
  readonly bus: string;
  readonly memory: number;
  readonly processors: number;
  /** Threads a multiprocessor holds. */
  readonly threads: number;
  /** Compute capability. */
  readonly major: number;
  readonly minor: number;
  /** 1 where device memory can be exported as a dma-buf. */
  readonly dmaBuf: number;
}

/**
 * The functions of the CUDA shim, as native/cuda exports them: one call of the driver API each.
 * What returns a CudaResult never throws; the others throw an Error whose `code` is the CUresult.
 * Work goes to the context that is the thread's (`contextUse`).
 */
export interface CudaNative {
  /** Loads the driver; why there is none, or nothing. Before it, no other call is allowed. */
  cudaLoad(): string;
  resultName(result: CudaResult): string;
  deviceCount(): number;
  deviceInfo(index: number): CudaDeviceInfo;
  contextCreate(index: number): CudaHandle;
  contextDestroy(context: CudaHandle): CudaResult;
  contextUse(context: CudaHandle): CudaResult;

  allocate(bytes: number, stream: CudaHandle): Address;
  clear(address: Address, bytes: number, stream: CudaHandle): CudaResult;
  free(address: Address): CudaResult;
  freeMemory(): number;
  register(address: Address, bytes: number): Address;
  unregister(address: Address): CudaResult;
  storeFence(): void;

  loadModule(image: Uint8Array, entry: string): CudaHandle;
  /** The whole module that this kernel was loaded from. */
  unloadModule(kernel: CudaHandle): CudaResult;
  createStream(): CudaHandle;
  destroyStream(stream: CudaHandle): CudaResult;
  launch(
    stream: CudaHandle,
    kernel: CudaHandle,
    blocks: number,
    threads: number,
    args: Float64Array,
  ): CudaResult;
  waitValue(stream: CudaHandle, address: Address, value: number, compare: number): CudaResult;
  writeValue(stream: CudaHandle, address: Address, value: number): CudaResult;
  writeValues(stream: CudaHandle, writes: Float64Array, count: number): CudaResult;
  copy(stream: CudaHandle, to: Address, from: Address, bytes: number): CudaResult;
  query(stream: CudaHandle): CudaResult;
  await(stream: CudaHandle, milliseconds: number): CudaResult;

  createEvent(): CudaHandle;
  destroyEvent(event: CudaHandle): CudaResult;
  recordEvent(stream: CudaHandle, event: CudaHandle): CudaResult;
  elapsed(from: CudaHandle, to: CudaHandle): number;

  graphCreate(): CudaHandle;
  graphKernel(
    graph: CudaHandle,
    before: Float64Array,
    kernel: CudaHandle,
    blocks: number,
    threads: number,
    args: Float64Array,
  ): CudaHandle;
  graphWait(
    graph: CudaHandle,
    before: Float64Array,
    context: CudaHandle,
    address: Address,
    value: number,
    compare: number,
  ): CudaHandle;
  graphWrite(
    graph: CudaHandle,
    before: Float64Array,
    context: CudaHandle,
    address: Address,
    value: number,
  ): CudaHandle;
  graphCopy(
    graph: CudaHandle,
    before: Float64Array,
    context: CudaHandle,
    to: Address,
    from: Address,
    bytes: number,
  ): CudaHandle;
  /** The graph is gone afterwards, also when this throws. */
  graphInstantiate(graph: CudaHandle, stream: CudaHandle): CudaHandle;
  graphDiscard(graph: CudaHandle): CudaResult;
  graphLaunch(stream: CudaHandle, graph: CudaHandle): CudaResult;
  graphDestroy(graph: CudaHandle): CudaResult;

  /** GDRCopy and Vulkan: Errors without a `code` say why there is none, or what failed. */
  gdrOpen(): CudaHandle;
  gdrClose(connection: CudaHandle): void;
  /** Whole pages of 64 KiB. */
  gdrMap(
    connection: CudaHandle,
    address: Address,
    bytes: number,
  ): { readonly cpu: Address; readonly pin: CudaHandle };
  gdrUnmap(connection: CudaHandle, cpu: Address, bytes: number, pin: CudaHandle): void;
  vulkanOpen(library: string, index: number): CudaHandle;
  vulkanClose(vulkan: CudaHandle): void;
  vulkanAllocate(
    vulkan: CudaHandle,
    bytes: number,
  ): { readonly device: Address; readonly cpu: Address; readonly piece: CudaHandle };
  vulkanFree(vulkan: CudaHandle, piece: CudaHandle): CudaResult;

  /** Loads NVRTC; why there is none, or nothing. Before it, no other of these is allowed. */
  compilerLoad(): string;
  compilerVersion(): string;
  /** 75, 80, 90: as in sm_90. */
  compilerArchitectures(): number[];
  /**
   * `code` is null when it does not compile; `log` then says why. `name`, unless empty: a kernel's
   * C++ name, for `entry` to say what the code calls it.
   */
  compile(
    source: string,
    file: string,
    options: readonly string[],
    cubin: boolean,
    name: string,
  ): { readonly code: Uint8Array | null; readonly log: string; readonly entry: string };
}

let loaded: CudaNative | string | undefined;

/** The addon with a driver behind it, or why there is none: a string. */
export function cudaNative(): CudaNative | string {
  loaded ??= load();
  return loaded;
}

function load(): CudaNative | string {
  const file = fileURLToPath(new URL('../../../../build/cuda.node', import.meta.url));
  try {
    const addon = createRequire(import.meta.url)(file) as CudaNative;
    return addon.cudaLoad() || addon;
  } catch (cause) {
    return (cause as Error).message;
  }
}
