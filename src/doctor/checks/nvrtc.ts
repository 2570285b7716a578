import { nvrtcPackages } from '../advice.js';
import { type Check, lacks, note, ok, unknown } from '../check.js';
import { findLibrary } from '../facts/libraries.js';

/** As native/cuda/compiler.c opens it. */
export const NVRTC = ['libnvrtc.so.13', 'libnvrtc.so.12'] as const;

/** CUDA's compiler: kernels are compiled when they are loaded. */
export const nvrtc: Check = {
  name: 'nvrtc',
  look(machine) {
    const compiler = machine.answers.cuda?.compiler;
    if (compiler !== undefined && 'answer' in compiler) return [ok(`NVRTC ${compiler.answer}`)];
    const file = findLibrary(machine.tree, ...NVRTC);
    if (file !== undefined && compiler === undefined) return [ok(`NVRTC: ${file}`)];
    if (file !== undefined) return [unknown(`NVRTC is at ${file}, but: ${compiler?.failure}`)];
    if (machine.gpus.length === 0)
      return [note('no NVRTC; without an NVIDIA GPU nothing needs it')];
    return [
      lacks('no NVRTC 12 or 13: no kernel can be compiled for the GPU', nvrtcPackages(machine)),
    ];
  },
};
