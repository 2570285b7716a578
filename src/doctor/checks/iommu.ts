import { bootWith } from '../advice.js';
import { type Check, lacks, note, ok, unknown } from '../check.js';
import { noIommu } from '../usable.js';

const GROUPS = '/sys/kernel/iommu_groups';

/** The IOMMU: vfio-pci needs one; NIC to GPU is quickest where it only passes addresses through. */
export const iommu: Check = {
  name: 'iommu',
  look(machine) {
    const { tree, kernel } = machine;
    if (!tree.has('/sys/kernel')) return [unknown('sysfs shows no IOMMU groups folder')];
    const groups = tree.list(GROUPS);
    if (groups.length === 0) {
      const { reason, mend } = noIommu(machine);
      return [lacks(`${reason}; cards for vfio-pci need one, mlx5 does not`, mend)];
    }
    const types = groups.map((group) => tree.text(`${GROUPS}/${group}/type`) ?? '');
    const modes = [...new Set(types.filter((type) => type !== ''))].sort();
    const found = `on, ${groups.length} group${groups.length === 1 ? '' : 's'}`;
    if (modes.length === 0) return [ok(found), unknown('its mode: the kernel does not say')];
    const through = modes.every((mode) => mode === 'identity');
    if (through) return [ok(`${found}, passed through (identity)`)];
    const translating = `${found}, mode ${modes.join(' and ')}`;
    // Only cards that write into GPU memory feel it.
    const direct = machine.gpus.length > 0 && machine.nics.length > 0;
    if (kernel.parameter('iommu') === 'pt' || !direct) return [ok(translating)];
    return [
      ok(translating),
      note('it translates what cards read and write: pass through is quicker for NIC to GPU'),
      ...(kernel.virtual ? [] : [lacks('pass-through mode', bootWith('iommu=pt'))]),
    ];
  },
};
