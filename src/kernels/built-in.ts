import type { KernelSource } from '../gpudev/driver.js';
import { ENTRY_KINDS } from './cuda-entries.js';
import { deviceClock } from './device-clock.js';
import { forward } from './forward.js';
import { entry, type Kernel } from './kernel.js';
import { macSwap } from './mac-swap.js';
import { unload } from './unload.js';

/** Every kernel that warpline brings for CUDA GPUs: what `scripts/ptx` compiles ahead. */
export function builtInSources(): KernelSource[] {
  const plain: Kernel[] = [macSwap, forward];
  const traced = plain.map((kernel) => ({ ...kernel, traced: true }));
  const wrapped = [...plain, ...traced].flatMap((kernel) =>
    ENTRY_KINDS.map((kind) => entry(kernel, kind)),
  );
  return [...wrapped, unload, deviceClock];
}
