import { DPDK_PACKAGES } from '../advice.js';
import { type Check, type Finding, lacks, note, ok } from '../check.js';
import type { Machine } from '../machine.js';

/** DPDK, the addon over it, and the drivers that make ports. */
export const dpdk: Check = {
  name: 'dpdk',
  look({ dpdk, answers }) {
    const version = `DPDK ${dpdk.version ?? 'of unknown version'}`;
    if (!dpdk.installed) {
      const build = [DPDK_PACKAGES, 'npm run build'];
      return [lacks('DPDK is not installed, or not where the loader looks', build)];
    }
    if (dpdk.failure !== undefined) {
      const mend = dpdk.drivers.length === 0 ? [DPDK_PACKAGES, 'npm run build'] : ['npm run build'];
      return [
        lacks(`${version} is there, but does not start: ${dpdk.failure}`, mend),
        ...drivers(dpdk),
      ];
    }
    const starts = answers.dpdk === undefined ? 'is installed' : 'starts';
    return [ok(`${version} ${starts}`), ...drivers(dpdk)];
  },
};

function drivers({ drivers }: Machine['dpdk']): Finding[] {
  const plugins = [...new Set(drivers.map(({ plugin }) => plugin.replace(/^net_/, '')))].sort();
  if (plugins.length === 0) return [lacks('no port drivers (librte_net_*)', [DPDK_PACKAGES])];
  return [note(`${plugins.length} port drivers: ${plugins.join(' ')}`)];
}
