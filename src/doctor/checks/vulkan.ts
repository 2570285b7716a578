import { nvidiaLibrary } from '../advice.js';
import { type Check, lacks, note, ok } from '../check.js';
import { findGdrcopy } from '../facts/gdrcopy.js';
import { findVulkan } from '../facts/vulkan.js';

/** NVIDIA's Vulkan driver: memory from it is how the CPU gets a mapping of GPU memory. */
export const vulkan: Check = {
  name: 'vulkan',
  look(machine) {
    const { loader, driver } = findVulkan(machine.tree);
    if (machine.gpus.length === 0) return [note('without an NVIDIA GPU nothing needs Vulkan')];
    const found = [loader, driver].filter((file) => file !== undefined).join(', ');
    if (driver !== undefined) return [ok(`${found}; for --memory gpu-mapped`)];
    if (findGdrcopy(machine).ready) {
      return [note("NVIDIA's Vulkan driver is not there; gdrcopy does as well")];
    }
    const mend = [nvidiaLibrary(machine, 'nvidia-vulkan-icd', 'libnvidia-gl')];
    return [
      lacks("NVIDIA's Vulkan driver is not there: --memory gpu-mapped needs it or gdrcopy", mend),
    ];
  },
};
