import { GDRCOPY, modprobe } from '../advice.js';
import { type Check, lacks, note, ok } from '../check.js';
import { findGdrcopy } from '../facts/gdrcopy.js';
import { findVulkan } from '../facts/vulkan.js';

/** gdrdrv and its library: one way for the CPU to write GPU memory; Vulkan is the other. */
export const gdrcopy: Check = {
  name: 'gdrcopy',
  look(machine) {
    const { kernel, tree, gpus } = machine;
    const { module, library, ready } = findGdrcopy(machine);
    if (ready) return [ok(`gdrdrv is loaded, ${library}`)];
    if (gpus.length === 0) return [note('no gdrcopy; without an NVIDIA GPU nothing needs it')];
    const parts = [
      ...(module === 'loaded' ? [] : ['gdrdrv is not loaded']),
      ...(library === undefined ? ['libgdrapi is not there'] : []),
    ].join(', ');
    if (findVulkan(tree).driver !== undefined) return [note(`${parts}; Vulkan does as well`)];
    const there = module === 'available' && library !== undefined;
    const build = kernel.loadsModules === false ? [] : GDRCOPY;
    return [
      lacks(
        `${parts}: --memory gpu-mapped needs it or Vulkan`,
        there ? modprobe(machine, 'gdrdrv') : build,
      ),
    ];
  },
};
