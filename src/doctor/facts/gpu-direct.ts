import { modprobe } from '../advice.js';
import type { Machine } from '../machine.js';
import { lacking, type Usable, unknown } from '../usable.js';

/**
 * Whether mlx5 may register GPU memory: nvidia-peermem tells the InfiniBand core about it (NVIDIA's
 * driver README, "GPUDirect RDMA Peer Memory Client"). Undefined: it may.
 */
export function peermemMissing(machine: Machine): Usable | undefined {
  const { kernel } = machine;
  // The second is its predecessor, a package of its own.
  if (['nvidia_peermem', 'nv_peer_mem'].some((name) => kernel.module(name) === 'loaded')) return;
  const reason = 'nvidia-peermem is not loaded';
  const state = kernel.module('nvidia_peermem');
  if (kernel.loadsModules === false)
    return lacking(`${reason}, and this kernel loads no modules`, []);
  if (coreRefuses(machine)) {
    const why = `${reason}: this kernel's ib_core knows no peer memory (DOCA-OFED's and Ubuntu's do)`;
    return lacking(why, [
      'apt-get install -y doca-ofed # from NVIDIA’s DOCA repository, then reboot',
    ]);
  }
  const load = modprobe(machine, 'nvidia-peermem');
  if (state === 'available') return lacking(reason, load);
  if (state === 'unknown') return unknown(`${reason}; whether there is one is not known`, load);
  return lacking(`${reason}, and no such module is installed: it comes with NVIDIA's driver`, []);
}

/** ib_core is loaded and lacks the interface that nvidia-peermem registers with. */
function coreRefuses({ kernel, tree }: Machine): boolean {
  if (kernel.module('ib_core') !== 'loaded') return false;
  const symbols = tree.text('/proc/kallsyms');
  return symbols?.includes(' ib_') === true && !symbols.includes('ib_register_peer_memory_client');
}
