import type { CommList } from '../gpudev/comm-list.js';
import type { KernelSource, ModuleExport } from '../gpudev/driver.js';
import { cudaSource, type EntryKind, THREADS } from './cuda-entries.js';

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
  /** Where this declaration itself is exported: how lcores find it. */
  readonly declared: ModuleExport;
  /** Frames are not looked at: lcores need not even know where they lie. */
  readonly untouched?: boolean;
  /** A `BurstFunction`. */
  readonly software: ModuleExport;
  /** CUDA C++ with `__device__ void NAME(uint8_t *packet, uint32_t size)`; without it no CUDA GPU. */
  readonly cuda?: { readonly source: string; readonly name: string };
  /** Frames below so many bytes it forwards unchanged; they are counted as runts. */
  readonly runtBytes?: number;
  /** For --verify: how many bytes at a frame's start may change (at most 16) … */
  readonly headBytes: number;
  /** … and what becomes of them: `words[at..at+3]` in place, of a frame of `length` bytes. */
  expect(words: Uint32Array, at: number, length: number): void;
}

/** A kernel as the device methods launch it (entries.ts says what each kind does). */
export function entry(kernel: Kernel, kind: EntryKind): KernelSource {
  const module = new URL('./entries.js', import.meta.url).href;
  const { name, cuda } = kernel;
  const source = cuda && cudaSource(kind, `${name}.cu`, cuda);
  return {
    name: `${name}/${kind}`,
    software: { module, export: kind, wraps: kernel.software },
    ...(source && { cuda: { source, entry: `warpline_${kind}`, threads: THREADS } }),
  };
}

/** An entry's arguments over a list; `third` is whether to mark DONE, or the exit word's address. */
export function listArgs(
  list: CommList,
  first: number,
  third: number,
  packetTimeNs: number,
): number[] {
  const { deviceAddress, items, share, deviceBodies, bodyBytes } = list;
  const parts = [share.deviceStatus, deviceBodies, bodyBytes];
  return [deviceAddress, first, items, third, packetTimeNs, ...parts];
}
