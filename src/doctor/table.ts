import type { Check } from './check.js';
import { bar1 } from './checks/bar1.js';
import { cores } from './checks/cores.js';
import { dmaBuf } from './checks/dma-buf.js';
import { dpdk } from './checks/dpdk.js';
import { gdrcopy } from './checks/gdrcopy.js';
import { gpus } from './checks/gpus.js';
import { hugepages } from './checks/hugepages.js';
import { iommu } from './checks/iommu.js';
import { memlock } from './checks/memlock.js';
import { nics } from './checks/nics.js';
import { numa } from './checks/numa.js';
import { nvrtc } from './checks/nvrtc.js';
import { peermem } from './checks/peermem.js';
import { privileges } from './checks/privileges.js';
import { vulkan } from './checks/vulkan.js';

/** What `doctor` looks at, in this order. A new check is a file and a line here. */
export const CHECKS: readonly Check[] = [
  dpdk,
  hugepages,
  iommu,
  privileges,
  memlock,
  cores,
  numa,
  gpus,
  nvrtc,
  bar1,
  vulkan,
  dmaBuf,
  peermem,
  gdrcopy,
  nics,
];
