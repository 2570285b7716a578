import type { Tree } from '../tree.js';

/** Where Debian, Ubuntu and CUDA's installer put libraries for x86-64. */
const FOLDERS = [
  '/usr/lib/x86_64-linux-gnu',
  '/usr/local/lib/x86_64-linux-gnu',
  '/usr/local/lib',
  '/usr/lib64',
  '/usr/lib',
  '/lib/x86_64-linux-gnu',
  '/usr/local/cuda/lib64',
  '/usr/local/nvidia/lib64',
];

/** The first file of a library by the name a program opens it with: `libcuda.so.1`. */
export function findLibrary(tree: Tree, ...names: string[]): string | undefined {
  const own = tree.here ? (process.env.LD_LIBRARY_PATH ?? '').split(':').filter(Boolean) : [];
  for (const name of names) {
    const found = [...own, ...FOLDERS].map((folder) => `${folder}/${name}`);
    const there = found.find((file) => tree.has(file));
    if (there !== undefined) return there;
  }
  return undefined;
}
