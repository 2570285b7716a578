import { openModules } from '../advice.js';
import { type Check, lacks, note, ok, unknown } from '../check.js';
import { nameOf } from '../facts/gpus.js';
import type { Machine } from '../machine.js';

/** Whether GPU memory can be exported as a dma-buf: the way of newer stacks into a NIC's DMA. */
export const dmaBuf: Check = {
  name: 'dma-buf',
  look(machine) {
    const { gpus, nvidia } = machine;
    if (gpus.length === 0) return [note('no NVIDIA GPU to export memory')];
    return gpus.map((gpu) => {
      const name = nameOf(gpu);
      if (gpu.cuda?.dmaBuf) return ok(`${name}: its memory can be exported as a dma-buf`);
      const { why, mend } = obstacle(machine);
      if (gpu.cuda !== undefined) return lacks(`${name}: no export as a dma-buf${why}`, mend);
      if (nvidia === undefined) return unknown(`${name}: NVIDIA's driver is not loaded`);
      return why === ''
        ? unknown(`${name}: CUDA was not asked`)
        : lacks(`${name}: no export as a dma-buf${why}`, mend);
    });
  },
};

/** GPUDirect RDMA guide, "Supported systems": kernel 5.12 and the open kernel modules. */
function obstacle(machine: Machine): { why: string; mend: string[] } {
  if (machine.kernel.since(5, 12) === false) {
    return { why: ': it takes a kernel of 5.12 or later', mend: [] };
  }
  if (machine.nvidia?.open === false) {
    return { why: ': it takes the open kernel modules', mend: openModules(machine) };
  }
  return { why: '', mend: [] };
}
