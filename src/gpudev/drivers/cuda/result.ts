import type { GpuFault } from '../../driver.js';
import type { CudaResult } from './native.js';

/** `CUresult`, as far as it is told apart here (CUDA Driver API, data types). */
export const Result = {
  SUCCESS: 0,
  INVALID_VALUE: 1,
  OUT_OF_MEMORY: 2,
  NOT_READY: 600,
  LAUNCH_TIMEOUT: 702,
  ALREADY_REGISTERED: 712,
} as const;

const ILLEGAL_ADDRESS = 700;
const MISALIGNED_ADDRESS = 716;
const INVALID_ADDRESS_SPACE = 717;

/**
 * Results after which the context is lost and every further call fails: 214 and 220 are memory and
 * link errors the hardware cannot correct, 702 a kernel that ran too long, the rest what a kernel
 * did.
 */
const LASTING = new Set([
  214,
  220,
  ILLEGAL_ADDRESS,
  Result.LAUNCH_TIMEOUT,
  710,
  714,
  715,
  MISALIGNED_ADDRESS,
  INVALID_ADDRESS_SPACE,
  718,
  719,
  721,
  999,
]);

/** Whether the device is lost after this result. */
export function isLasting(result: CudaResult): boolean {
  return LASTING.has(result);
}

export function faultKind(result: CudaResult): GpuFault['kind'] {
  const address = [ILLEGAL_ADDRESS, MISALIGNED_ADDRESS, INVALID_ADDRESS_SPACE].includes(result);
  return address ? 'illegal-address' : 'launch-failure';
}

/** Why the driver does not take an image, in our words; undefined where it is not the image's fault. */
export function imageTrouble(
  { code, message }: Error & { code?: string },
  architecture: string,
  entry: string,
): string | undefined {
  switch (Number(code)) {
    case 200:
    case 218:
      return `it is no code that the driver understands (${message})`;
    case 209:
      return `it has no code for ${architecture}`;
    case 222:
      return 'its PTX is newer than the driver';
    case 500:
      return `it has no kernel ${entry}`;
    default:
      return undefined;
  }
}
