import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { getSystemErrorMap } from 'node:util';
import { fail } from '../errors.js';
import { type CudaFunction, cudaFunctions, formOf } from './cuda-functions.js';
import { cubinKernels, plainName, ptxKernels } from './image-kernels.js';
import type { Kernel } from './kernel.js';
import type { KernelFile } from './kernel-file.js';

/** What lcores are told of a user's kernel; plain data. */
type Outline = Pick<Kernel, 'name' | 'form' | 'software'>;

/** The kernel of an outline. What it changes in a frame is unknown: --verify is refused with it. */
export function outlined(of: Outline): Kernel {
  const declared = { module: import.meta.url, export: 'outlined', of: { ...of } };
  return { ...of, declared, headBytes: 0, expect() {} };
}

/**
 * Loads FILE[:NAME]: a packet function or a whole gpudev kernel in CUDA C++, a whole kernel in PTX
 * or a cubin, or a packet function in JavaScript for the software device. `threads`: of a whole
 * kernel's block. Nothing is compiled here.
 * @throws KERNEL_FILE, KERNEL_NONE, KERNEL_NAME, KERNEL_CHOICE, KERNEL_SIGNATURE
 */
export async function userKernel(from: KernelFile, threads: number): Promise<Kernel> {
  const { file } = from;
  switch (from.type) {
    case 'cu':
      return fromSource(from, (await read(file)).toString('utf8'), threads);
    case 'ptx':
      return fromPtx(from, await read(file), threads);
    case 'cubin': {
      const image = await read(file);
      const symbols = cubinKernels(image);
      if (symbols === undefined)
        return fail('KERNEL_FILE', { file, reason: 'it is no cubin, or cut off' });
      return fromImage(from, image, symbols, threads);
    }
    default:
      return fromModule(from);
  }
}

function fromSource(from: KernelFile, source: string, threads: number): Kernel {
  const { file } = from;
  const functions = cudaFunctions(source);
  // Of ns::swap<4> the source has swap.
  const bare = from.name?.replace(/<.*$/, '').split('::').at(-1);
  const among = bare === undefined ? functions.filter(isKernel) : functions;
  if (among.length === 0) fail('KERNEL_NONE', { file, names: listed(functions, nameOf) });
  const chosen = choose(from, among, nameOf, bare);
  const verdict = formOf(chosen);
  if ('reason' in verdict) return fail('KERNEL_SIGNATURE', { file, name: chosen.name, ...verdict });
  const kernel = outlined({ name: chosen.name, ...verdict });
  return { ...kernel, cuda: { source, name: from.name ?? chosen.name, file }, threads };
}

function nameOf({ name }: CudaFunction): string {
  return name;
}

function isKernel(one: CudaFunction): boolean {
  return 'form' in formOf(one);
}

function fromPtx(from: KernelFile, bytes: Buffer, threads: number): Kernel {
  const symbols = ptxKernels(bytes.toString('latin1'));
  // cuModuleLoadDataEx reads up to a zero.
  return fromImage(from, Buffer.concat([bytes, Buffer.of(0)]), symbols, threads);
}

function fromImage(
  from: KernelFile,
  image: Uint8Array,
  symbols: readonly string[],
  threads: number,
): Kernel {
  const exact = symbols.find((symbol) => symbol === from.name);
  const symbol = exact ?? choose(from, symbols, plainName, from.name);
  const kernel = outlined({ name: plainName(symbol), form: 'item' });
  return { ...kernel, cudaImage: { image, name: symbol }, threads };
}

async function fromModule(from: KernelFile): Promise<Kernel> {
  await read(from.file);
  const module = pathToFileURL(resolve(from.file)).href;
  const exported = await importAll(from.file, module);
  const functions = Object.keys(exported).filter((key) => typeof exported[key] === 'function');
  const name = choose(from, functions, (key) => key, from.name);
  return outlined({ name, form: 'packet', software: { module, export: name } });
}

async function importAll(file: string, module: string): Promise<Record<string, unknown>> {
  try {
    return (await import(module)) as Record<string, unknown>;
  } catch (error) {
    return fail('KERNEL_FILE', { file, reason: (error as Error).message });
  }
}

/** The one that is called `wanted`, or, where nothing is wanted, the only one. */
function choose<T>(
  { file, name = '' }: KernelFile,
  all: readonly T[],
  called: (one: T) => string,
  wanted: string | undefined,
): T {
  const fitting = wanted === undefined ? all : all.filter((one) => called(one) === wanted);
  if (fitting.length !== 0 && (wanted !== undefined || fitting.length === 1)) return fitting[0];
  const names = listed(all, called);
  if (wanted !== undefined) fail('KERNEL_NAME', { file, name, names });
  if (all.length === 0) fail('KERNEL_NONE', { file, names });
  return fail('KERNEL_CHOICE', { file, names, first: called(all[0]) });
}

function listed<T>(all: readonly T[], called: (one: T) => string): string {
  return [...new Set(all.map(called))].join(', ') || 'none';
}

async function read(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    const { errno, message } = error as NodeJS.ErrnoException;
    const reason = getSystemErrorMap().get(errno ?? 0)?.[1] ?? message;
    return fail('KERNEL_FILE', { file, reason });
  }
}
