import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fail } from '../../../errors.js';
import type { KernelSource } from '../../driver.js';
import type { CudaNative } from './native.js';

/** Compute capability, as sm_90 has it: 90. */
export type Architecture = number;

/**
 * A kernel's CUDA C++ as an image for the device: a cubin for exactly that architecture, or PTX
 * for the driver to finish where NVRTC is older than the device. Images are kept on disk.
 * Errors: CUDA_COMPILER (no NVRTC), KERNEL_COMPILE with the first of NVRTC's messages.
 */
export async function compile(
  native: CudaNative,
  kernel: KernelSource,
  device: Architecture,
): Promise<Uint8Array> {
  const missing = native.compilerLoad();
  if (missing !== '') fail('CUDA_COMPILER', { reason: missing });
  const source = kernel.cuda?.source as string;
  const known = native.compilerArchitectures();
  const cubin = known.includes(device);
  const target = cubin ? device : Math.max(0, ...known.filter((each) => each < device));
  if (target === 0) fail('CUDA_COMPILER', { reason: `it knows no sm_${device} or older` });
  const architecture = `--gpu-architecture=${cubin ? 'sm' : 'compute'}_${target}`;
  const options = [architecture, '--std=c++17', '-lineinfo'];
  const kept = new Kept([source, ...options, native.compilerVersion()]);
  const image = await kept.read();
  if (image !== undefined) return image;
  const { code, log } = native.compile(source, `${kernel.name}.cu`, options, cubin);
  if (code === null) fail('KERNEL_COMPILE', { kernel: kernel.name, reason: firstError(log) });
  await kept.write(code);
  return code;
}

/** `file(line): error: …`, which is what a line of the catalogue has room for. */
function firstError(log: string): string {
  const lines = log.split('\n').map((line) => line.trim());
  return lines.find((line) => line.includes('error')) ?? lines[0] ?? 'NVRTC does not say why';
}

/** A compiled kernel's place on disk, named by everything that decides what is in it. */
class Kept {
  private readonly folder = join(
    process.env.XDG_CACHE_HOME || join(homedir(), '.cache'),
    'warpline',
  );
  private readonly file: string;

  constructor(parts: readonly string[]) {
    const hash = createHash('sha256').update(JSON.stringify(parts)).digest('hex');
    this.file = join(this.folder, `${hash}.kernel`);
  }

  async read(): Promise<Uint8Array | undefined> {
    const image = await readFile(this.file).catch(() => undefined);
    return image?.length ? image : undefined;
  }

  /** Whole or not at all, other processes may be at it; where nothing can be kept, nothing is. */
  async write(image: Uint8Array): Promise<void> {
    const draft = `${this.file}.${process.pid}`;
    try {
      await mkdir(this.folder, { recursive: true });
      await writeFile(draft, image);
      await rename(draft, this.file);
    } catch {}
  }
}
