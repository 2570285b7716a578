/** A kernel of the user's own as `--kernel` names it. */
export interface KernelFile {
  readonly file: string;
  readonly type: 'cu' | 'ptx' | 'cubin' | 'js';
  /** Of a function or kernel in it; absent: the only one there is. */
  readonly name?: string;
}

/** FILE[:NAME]; undefined where FILE has none of the endings there are. */
export function parseKernelFile(text: string): KernelFile | undefined {
  const [, file, ending, name] = /^(.+?\.(cu|ptx|cubin|js|mjs))(?::(.+))?$/.exec(text) ?? [];
  if (file === undefined) return undefined;
  return { file, type: (ending === 'mjs' ? 'js' : ending) as KernelFile['type'], name };
}
