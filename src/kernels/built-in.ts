import type { KernelSource } from '../gpudev/driver.js';
import { ENTRY_KINDS } from './cuda-entries.js';
import { forward } from './forward.js';
import { entry } from './kernel.js';
import { macSwap } from './mac-swap.js';
import { unload } from './unload.js';

/** Every kernel that warpline brings for CUDA GPUs: what `scripts/ptx` compiles ahead. */
export function builtInSources(): KernelSource[] {
  const wrapped = [macSwap, forward].flatMap((kernel) =>
    ENTRY_KINDS.map((kind) => entry(kernel, kind)),
  );
  return [...wrapped, unload];
}
