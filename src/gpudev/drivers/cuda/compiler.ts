import { fail } from '../../../errors.js';
import type { CudaSource } from '../../driver.js';
import { headersOf, includeFolders, toolkitFolders } from './headers.js';
import { type Compiled, ImageCache } from './image-cache.js';
import type { CudaNative } from './native.js';
import { shippedPtx } from './shipped-ptx.js';

/** Compute capability, as sm_90 has it: 90. */
export type Architecture = number;

/** The part of the shim that is NVRTC: it needs neither a GPU nor its driver. */
export type Compiler = Pick<
  CudaNative,
  'compilerLoad' | 'compilerVersion' | 'compilerArchitectures' | 'compile'
>;

/**
 * A kernel's CUDA C++ as an image for the device: a cubin for exactly that architecture, or PTX
 * for the driver to finish where NVRTC is older than the device. Images are kept on disk. Without
 * NVRTC, the PTX that comes with warpline for its own kernels.
 * Errors: CUDA_COMPILER (no NVRTC, and no such PTX), KERNEL_COMPILE with the first of NVRTC's
 * messages.
 */
export async function compile(
  native: Compiler,
  kernel: string,
  cuda: CudaSource,
  device: Architecture,
): Promise<Compiled> {
  const missing = whyNoCompiler(native);
  if (missing !== '') return withoutCompiler(kernel, cuda, missing);
  const { source, entry, mangled, file } = cuda;
  const known = native.compilerArchitectures();
  const cubin = known.includes(device);
  const target = cubin ? device : Math.max(0, ...known.filter((each) => each < device));
  if (target === 0) return withoutCompiler(kernel, cuda, `NVRTC knows no sm_${device} or older`);
  const folders = includeFolders(file);
  const options = [
    `--gpu-architecture=${cubin ? 'sm' : 'compute'}_${target}`,
    '--std=c++17',
    '-lineinfo',
    ...[...folders, ...toolkitFolders()].map((folder) => `--include-path=${folder}`),
  ];
  const headers = headersOf(source, folders);
  const cache = new ImageCache([source, headers, entry, options, native.compilerVersion()]);
  const kept = await cache.read();
  if (kept !== undefined) return kept;
  const from = file ?? `${kernel}.cu`;
  const { code, log, ...made } = native.compile(source, from, options, cubin, mangled ? entry : '');
  if (code === null) fail('KERNEL_COMPILE', { kernel, reason: firstError(log) });
  const compiled = { image: code, entry: made.entry || entry };
  await cache.write(compiled);
  return compiled;
}

/** `WARPLINE_NVRTC=none` stands for a host without it. */
function whyNoCompiler(native: Compiler): string {
  return process.env.WARPLINE_NVRTC === 'none' ? 'WARPLINE_NVRTC is "none"' : native.compilerLoad();
}

function withoutCompiler(kernel: string, cuda: CudaSource, missing: string): Compiled {
  const image = shippedPtx(kernel, cuda.source);
  if (typeof image === 'string') fail('CUDA_COMPILER', { reason: `${missing}, and ${image}` });
  return { image, entry: cuda.entry };
}

/** `file(line): error: …`, which is what a line of the catalogue has room for. */
function firstError(log: string): string {
  const lines = log.split('\n').map((line) => line.trim());
  const error = /: (catastrophic )?error\b/;
  return lines.find((line) => error.test(line)) ?? lines[0] ?? 'NVRTC does not say why';
}
