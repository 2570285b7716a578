import { fail } from '../errors.js';
import type { Gpu } from './driver.js';

/** Throws what a lost device is lost for; nothing happens while it is well. */
export function raiseFault(gpu: Gpu): void {
  const fault = gpu.fault();
  if (fault === undefined) return;
  const code = fault.kind === 'illegal-address' ? 'GPU_ILLEGAL_ADDRESS' : 'GPU_LAUNCH_FAILED';
  const who = fault.kernel === undefined ? 'an operation' : `kernel ${fault.kernel}`;
  fail(code, { who, reason: fault.message });
}
