import { type Check, note, ok, unknown } from '../check.js';

/** NUMA nodes: a port, its lcores and its memory do best on one. */
export const numa: Check = {
  name: 'numa',
  look({ nodes, tree }) {
    if (nodes.length === 0)
      return [unknown('NUMA nodes: /sys/devices/system/node/online cannot be read')];
    if (nodes.length === 1) return [ok('one node')];
    const each = nodes.map(
      (node) =>
        `${node}: CPUs ${tree.text(`/sys/devices/system/node/node${node}/cpulist`) || 'none'}`,
    );
    return [note(`${nodes.length} nodes; ${each.join('; ')}`)];
  },
};
