import { fail } from '../../errors.js';
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
  const allowed = native.lcoreCpus();
  if (cpus !== undefined) return judged(cpus, lcores, allowed);
  // The first CPU stays with the main thread, which has little to do but must get to do it.
  return crowded ? undefined : allowed.slice(1, 1 + lcores);
}

function judged(cpus: readonly number[], lcores: number, allowed: readonly number[]) {
  const refuse = (reason: string) =>
    fail('OPTION_VALUE', { option: '--cpus', value: cpus.join(','), reason, command: 'l2fwd' });
  const foreign = cpus.find((cpu) => !allowed.includes(cpu));
  if (foreign !== undefined) refuse(`CPU ${foreign} is not among those that this process may use`);
  if (cpus.length < lcores) refuse(`it takes one for each of ${lcores} lcores`);
  return cpus.slice(0, lcores);
}
