import { type Check, lacks, note, ok, unknown } from '../check.js';
import { peermemMissing } from '../facts/gpu-direct.js';

/** nvidia-peermem: with it an mlx5 card writes into GPU memory by itself. */
export const peermem: Check = {
  name: 'nvidia-peermem',
  look(machine) {
    const missing = peermemMissing(machine);
    if (missing === undefined) return [ok('nvidia-peermem is loaded')];
    const pair = machine.gpus.length > 0 && machine.nics.some(({ mlx5 }) => mlx5);
    if (!pair)
      return [note(`${missing.reason}; it serves a ConnectX card and a GPU, not both are here`)];
    if (missing.verdict === 'unknown') return [unknown(missing.reason, missing.mend)];
    return [lacks(missing.reason, missing.mend)];
  },
};
