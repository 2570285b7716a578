import { fail } from '../../errors.js';
import { cpuOrder } from '../../lcore/cpu-order.js';
import { native } from '../../memory/native.js';
import type { L2fwdOptions } from './options.js';

/**
 * CPUs to pin a run's lcores to, in turn: those of the first path, of the next …, of a traffic port.
 * Undefined: the scheduler places them, because there are too few.
 */
export function placeLcores(
  { cpus }: L2fwdOptions,
  lcores: number,
  crowded: boolean,
): readonly number[] | undefined {
  if (cpus === undefined)
    // The first CPU stays with the main thread, which has little to do but must get to do it.
    return crowded ? undefined : cpuOrder(native.lcoreCpus()).slice(1, 1 + lcores);
  const refuse = refusing(cpus, 'l2fwd');
  if (cpus.length < lcores) refuse(`it takes one for each of ${lcores} lcores`);
  return cpus.slice(0, lcores);
}

/** Refuses a `--cpus` that has a CPU this process may not use; gives what refuses it for more. */
export function refusing(cpus: readonly number[], command: string): (reason: string) => never {
  const refuse = (reason: string) =>
    fail('OPTION_VALUE', { option: '--cpus', value: cpus.join(','), reason, command });
  const allowed = native.lcoreCpus();
  const foreign = cpus.find((cpu) => !allowed.includes(cpu));
  if (foreign !== undefined) refuse(`CPU ${foreign} is not among those that this process may use`);
  return refuse;
}
