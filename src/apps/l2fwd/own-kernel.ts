import { fail } from '../../errors.js';
import { forward } from '../../kernels/forward.js';
import type { Kernel } from '../../kernels/kernel.js';
import { type BuiltInKernel, isBuiltIn, parseKernelFile } from '../../kernels/kernel-file.js';
import { macSwap } from '../../kernels/mac-swap.js';
import { userKernel } from '../../kernels/user-kernel.js';
import type { L2fwdOptions } from './options.js';

const LEAST_THREADS = 256;
const WARP = 32;

const builtIns: Record<BuiltInKernel, Kernel> = { 'mac-swap': macSwap, forward };

/**
 * The kernel that `--kernel` asks for, or the one there is without it; with --header-split the one
 * for payloads, and with --header-function what that names for headers.
 * @throws OPTION_VALUE, OPTION_CONFLICT, and what userKernel throws
 */
export async function kernelFor(options: L2fwdOptions, otherwise: Kernel): Promise<Kernel> {
  const { headerSplit, headerFunction } = options;
  const from = headerFunction === undefined ? undefined : parseKernelFile(headerFunction);
  if (headerSplit === 0 || from === undefined) {
    const kernel = await wholeKernelFor(options, otherwise);
    return (headerSplit === 0 ? undefined : kernel.split) ?? kernel;
  }
  const { software: headers } = await userKernel(from, 1);
  return { ...(await wholeKernelFor(options, forward)), headers };
}

async function wholeKernelFor(options: L2fwdOptions, otherwise: Kernel): Promise<Kernel> {
  if (options.kernel === undefined) return otherwise;
  if (isBuiltIn(options.kernel)) return builtIns[options.kernel];
  const from = parseKernelFile(options.kernel);
  if (from === undefined)
    return fail('OPTION_VALUE', {
      option: '--kernel',
      value: options.kernel,
      reason: 'FILE must end in .cu, .ptx, .cubin, .js or .mjs',
      command: 'l2fwd',
    });
  // Many such kernels give each thread one packet and do not loop.
  const perPacket = Math.ceil(options.burst / WARP) * WARP;
  const threads = options.kernelThreads ?? Math.max(LEAST_THREADS, perPacket);
  const kernel = await userKernel(from, threads);
  refuseMisfits(options, kernel);
  return kernel;
}

function refuseMisfits({ method, packetTimeNs }: L2fwdOptions, { form, software }: Kernel): void {
  const conflict = (options: string, reason: string) =>
    fail('OPTION_CONFLICT', { options, reason });
  if (method === 'cpu' && (software === undefined || form === 'item'))
    conflict('--kernel and --method cpu', 'that kernel is for a GPU alone');
  if (packetTimeNs !== 0 && form === 'item')
    conflict('--kernel and --packet-time-ns', 'a whole kernel does no work but its own');
}
