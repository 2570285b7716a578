import type { Tree } from '../tree.js';
import { findLibrary } from './libraries.js';

const FOLDERS = ['/etc/vulkan/icd.d', '/usr/share/vulkan/icd.d', '/usr/local/share/vulkan/icd.d'];

export interface Vulkan {
  /** The loader, which finds drivers by their manifests. */
  readonly loader?: string;
  /** NVIDIA's driver for it. */
  readonly driver?: string;
}

export function findVulkan(tree: Tree): Vulkan {
  const manifests = FOLDERS.flatMap((folder) =>
    tree.list(folder).map((name) => tree.text(`${folder}/${name}`) ?? ''),
  );
  const named = manifests.flatMap((text) => {
    const name = /"library_path"\s*:\s*"([^"]*nvidia[^"]*)"/i.exec(text)?.[1];
    return name === undefined ? [] : [name];
  });
  return {
    loader: findLibrary(tree, 'libvulkan.so.1'),
    driver: findLibrary(tree, ...named, 'libGLX_nvidia.so.0', 'libEGL_nvidia.so.0'),
  };
}
