import { type Check, lacks, note, ok, size, unknown } from '../check.js';
import { type GpuFacts, nameOf } from '../facts/gpus.js';

/** Below this a BAR is a window on a part of the memory: what resizable BAR does away with. */
const SMALL = 2 ** 28;

/** The size of BAR1: how much of a GPU's memory CPUs and NICs can see at once. */
export const bar1: Check = {
  name: 'bar1',
  look({ gpus }) {
    if (gpus.length === 0) return [note('no NVIDIA GPU, no BAR1')];
    return gpus.map(judge);
  },
};

function judge(gpu: GpuFacts) {
  const { bar1, cuda } = gpu;
  const name = nameOf(gpu);
  if (bar1 === undefined) return unknown(`${name}: BAR1: sysfs does not show the card's regions`);
  const text = `${name}: BAR1 of ${size(bar1)}`;
  if (cuda !== undefined && bar1 >= cuda.memory)
    return ok(`${text} covers all ${size(cuda.memory)}`);
  const part = cuda === undefined ? '' : ` shows a part of ${size(cuda.memory)}`;
  if (bar1 > SMALL) {
    return cuda === undefined ? note(`${text}; the memory's size is not known`) : note(text + part);
  }
  return lacks(
    `${text}${part}: all pools in GPU memory must fit into it; turn on "Resizable BAR" and ` +
      '"Above 4G decoding" in the firmware',
  );
}
