import { bootWith } from '../advice.js';
import { type Check, type Finding, lacks, note, ok, unknown } from '../check.js';
import { expandList, type Machine } from '../machine.js';

const CPU = '/sys/devices/system/cpu';

/** Cores, whether some are kept free of other work, and how fast they are allowed to be. */
export const cores: Check = {
  name: 'cores',
  look(machine) {
    const online = expandList(machine.tree.text(`${CPU}/online`) ?? '');
    if (online.length === 0) return [unknown(`${CPU}/online cannot be read`)];
    const count = `${online.length} CPU${online.length === 1 ? '' : 's'} online`;
    return [
      // A pipeline has an RX and a TX lcore, and the main thread wants a CPU too.
      online.length >= 4
        ? ok(`${count}; a pipeline takes two`)
        : note(
            `${count}: lcores share them and yield to each other; a pipeline wants two of its own`,
          ),
      isolation(machine, online),
      governor(machine, online),
    ];
  },
};

function isolation({ tree, kernel }: Machine, online: readonly number[]): Finding {
  const isolated = tree.text(`${CPU}/isolated`);
  const quiet = tree.text(`${CPU}/nohz_full`) ?? '';
  if (isolated === undefined) return unknown(`isolated CPUs: no ${CPU}/isolated`);
  if (isolated !== '') {
    const tickless = /\d/.test(quiet)
      ? `, without ticks ${quiet}`
      : ', none without ticks (nohz_full)';
    return ok(`isolated from the scheduler: ${isolated}${tickless}`);
  }
  if (online.length < 4) return note('no CPUs are isolated: too few to set some apart');
  const range = `${online[2]}-${online.at(-1)}`;
  const words = [`isolcpus=${range}`, `nohz_full=${range}`, `rcu_nocbs=${range}`];
  const where = kernel.virtual ? ' (its host may still interrupt them)' : '';
  return lacks(`no CPUs are isolated: other work interrupts lcores${where}`, bootWith(...words));
}

function governor({ tree }: Machine, online: readonly number[]): Finding {
  const names = online.map((cpu) => tree.text(`${CPU}/cpu${cpu}/cpufreq/scaling_governor`));
  const known = [...new Set(names.filter((name) => name !== undefined))];
  if (known.length === 0)
    return unknown('frequency governor: the kernel shows none (usual in a VM)');
  if (known.every((name) => name === 'performance')) return ok('frequency governor: performance');
  return lacks(`frequency governor: ${known.join(', ')}`, [
    `for g in ${CPU}/cpu*/cpufreq/scaling_governor; do echo performance > $g; done`,
  ]);
}
