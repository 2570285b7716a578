import type { Machine } from '../machine.js';
import type { ModuleState } from './kernel.js';
import { findLibrary } from './libraries.js';

export interface Gdrcopy {
  readonly module: ModuleState;
  readonly library?: string;
  /** Both are there: GPU memory can be mapped. */
  readonly ready: boolean;
}

/** GDRCopy: the kernel module gdrdrv, and its library as warpline opens it. */
export function findGdrcopy({ kernel, tree }: Machine): Gdrcopy {
  const module = kernel.module('gdrdrv');
  const library = findLibrary(tree, 'libgdrapi.so.2', 'libgdrapi.so');
  return { module, library, ready: module === 'loaded' && library !== undefined };
}
