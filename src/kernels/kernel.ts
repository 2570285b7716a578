import type { CommList } from '../gpudev/comm-list.js';
import type { KernelSource, ModuleExport } from '../gpudev/driver.js';
import { cudaSource, type EntryKind, THREADS } from './cuda-entries.js';
import { tracedWrapper } from './cuda-traced.js';
import { ITEMS_LIMIT } from './sample.js';

/**
 * The packets of one item, as a packet function sees them: descriptors as 32-bit words (the layout
 * of `struct rte_gpu_comm_pkt`: address low, high, size low, high) and the memory frames lie in.
 *
 *   frame i starts at byte (packets[first + 4 i] - origin) >>> 0 of u8
 *   and its first segment has packets[first + 4 i + 2] bytes
 */
export interface Burst {
  packets: Uint32Array;
  first: number;
  count: number;
  u8: Uint8Array;
  u32: Uint32Array;
  origin: number;
}

/** A kernel's software side: works on a burst's frames where they lie. */
export type BurstFunction = (burst: Burst) => void;

/**
 * A packet kernel, declared once with both sides. The same software side runs on an lcore (`cpu`)
 * and on the software device; the wrappers of src/kernels/entries.ts make GPU kernels of it.
 */
export interface Kernel {
  readonly name: string;
  /** How lcores find this declaration. */
  readonly declared: Declared;
  /** Frames are not looked at: lcores need not even know where they lie. */
  readonly untouched?: boolean;
  /**
   * `packet` (where absent): its sides are packet functions, which the wrappers make kernels of.
   * `item`: its sides are whole kernels that take a `struct rte_gpu_comm_list *`, as gpudev programs
   * have them (src/methods/whole-kernel.ts says what they are launched with).
   */
  readonly form?: 'packet' | 'item';
  /** A `BurstFunction`, or a whole `SoftwareKernel`; without it no software device. */
  readonly software?: ModuleExport;
  /**
   * CUDA C++ with `__device__ void NAME(uint8_t *packet, uint32_t size)`, or a whole kernel of that
   * name; without it no CUDA GPU. `file`: where it comes from.
   */
  readonly cuda?: { readonly source: string; readonly name: string; readonly file?: string };
  /** A whole kernel compiled before, instead of `cuda`. */
  readonly cudaImage?: { readonly image: Uint8Array; readonly name: string };
  /** With --header-split: a `BurstFunction` that the RX lcore runs on the headers … */
  readonly headers?: ModuleExport;
  /** … and the kernel for payloads that takes this one's place, where there is another. */
  readonly split?: Kernel;
  /** Threads of a whole kernel's one block. */
  readonly threads?: number;
  /** Frames below so many bytes it forwards unchanged; they are counted as runts. */
  readonly runtBytes?: number;
  /** Its entries are those that take samples (sample.ts), over a list that has room for them. */
  readonly traced?: boolean;
  /** For --verify: how many bytes at a frame's start may change (at most 16) … */
  readonly headBytes: number;
  /** … and what becomes of them: `words[at..at+3]` in place, of a frame of `length` bytes. */
  expect(words: Uint32Array, at: number, length: number): void;
}

/** A module's export that is a `Kernel`, or, with `of`, makes it of that plain data. */
export interface Declared extends ModuleExport {
  readonly of?: Readonly<Record<string, unknown>>;
}

/** A kernel as the device methods launch it (entries.ts says what each kind does). */
export function entry(kernel: Kernel, kind: EntryKind): KernelSource {
  if (kernel.form === 'item') return whole(kernel);
  const { name, software, cuda, traced = false } = kernel;
  const module = new URL(traced ? './traced-entries.js' : './entries.js', import.meta.url).href;
  const file = cuda?.file ?? `${name}.cu`;
  const source = cuda && cudaSource(kind, file, cuda, traced ? tracedWrapper(kind) : undefined);
  return {
    name: `${name}/${kind}${traced ? '-traced' : ''}`,
    ...(software && { software: { module, export: kind, wraps: software } }),
    ...(source && {
      cuda: { source, entry: `warpline_${kind}`, threads: THREADS, file: cuda.file },
    }),
  };
}

function whole({ name, software, cuda, cudaImage, threads = THREADS }: Kernel): KernelSource {
  return {
    name,
    software,
    ...(cuda && {
      cuda: { source: cuda.source, entry: cuda.name, mangled: true, threads, file: cuda.file },
    }),
    ...(cudaImage && {
      cudaImage: { image: cudaImage.image, entry: cudaImage.name, threads },
    }),
  };
}

/** An entry's arguments over a list; `third` is whether to mark DONE, or the exit word's address. */
export function listArgs(
  list: CommList,
  first: number,
  third: number,
  packetTimeNs: number,
): number[] {
  const { items, share, deviceBodies, bodyBytes } = list;
  const { deviceDoorbells: bells, deviceStatus: status, samples } = share;
  if (samples === undefined)
    return [bells, first, items, third, packetTimeNs, status, deviceBodies, bodyBytes];
  const both = items + bodyBytes * ITEMS_LIMIT;
  return [bells, first, both, third, packetTimeNs, status, deviceBodies, samples];
}
