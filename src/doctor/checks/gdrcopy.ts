import { GDRCOPY, modprobe } from '../advice.js';
import { type Check, lacks, note, ok } from '../check.js';
import { findLibrary } from '../facts/libraries.js';

/** gdrdrv and its library: one way for the CPU to write GPU memory. warpline does without. */
export const gdrcopy: Check = {
  name: 'gdrcopy',
  look(machine) {
    const { kernel, tree, gpus } = machine;
    const state = kernel.module('gdrdrv');
    const library = findLibrary(tree, 'libgdrapi.so.2', 'libgdrapi.so');
    if (state === 'loaded' && library !== undefined) return [ok(`gdrdrv is loaded, ${library}`)];
    if (gpus.length === 0) return [note('no gdrcopy; without an NVIDIA GPU nothing needs it')];
    const parts = [
      state === 'loaded' ? '' : 'gdrdrv is not loaded',
      library === undefined ? 'libgdrapi is not there' : '',
    ].filter((part) => part !== '');
    const mend =
      kernel.loadsModules === false
        ? []
        : state === 'available' && library !== undefined
          ? modprobe(machine, 'gdrdrv')
          : GDRCOPY;
    return [lacks(`${parts.join(', ')}: other programs map GPU memory with it`, mend)];
  },
};
