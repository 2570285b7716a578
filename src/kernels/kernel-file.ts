/** A kernel of the user's own as `--kernel` names it. */
export interface KernelFile {
  readonly file: string;
  readonly type: 'cu' | 'ptx' | 'cubin' | 'js';
  /** Of a function or kernel in it; absent: the only one there is. */
  readonly name?: string;
}

/** Kernels of warpline's own that `--kernel` takes by name; `forward` leaves frames as they are. */
export const BUILT_IN_KERNELS = ['mac-swap', 'forward'] as const;
export type BuiltInKernel = (typeof BUILT_IN_KERNELS)[number];

export function isBuiltIn(text: string): text is BuiltInKernel {
  return (BUILT_IN_KERNELS as readonly string[]).includes(text);
}

/** FILE[:NAME]; undefined where FILE has none of the endings there are. */
export function parseKernelFile(text: string): KernelFile | undefined {
  const [, file, ending, name] = /^(.+?\.(cu|ptx|cubin|js|mjs))(?::(.+))?$/.exec(text) ?? [];
  if (file === undefined) return undefined;
  return { file, type: (ending === 'mjs' ? 'js' : ending) as KernelFile['type'], name };
}
