import { MEMORY_KINDS, type MemoryKind } from '../apps/l2fwd/options.js';
import { nvidiaDriverPackages, nvidiaLibrary, nvrtcPackages } from './advice.js';
import { size } from './check.js';
import { NVRTC } from './checks/nvrtc.js';
import { findGdrcopy } from './facts/gdrcopy.js';
import { peermemMissing } from './facts/gpu-direct.js';
import { type GpuFacts, nameOf, OLDEST } from './facts/gpus.js';
import { findLibrary } from './facts/libraries.js';
import { nicName } from './facts/nics.js';
import { findVulkan } from './facts/vulkan.js';
import type { Machine } from './machine.js';
import { MEANING, type PciPath } from './topology.js';
import {
  cannot,
  dpdkUsable,
  lacking,
  nicUsable,
  type Usable,
  unknown,
  works,
  worst,
} from './usable.js';

/** Whether a memory kind (DESIGN §4) works with a device of this machine. */
export interface Verdict extends Usable {
  readonly memory: MemoryKind;
  /** `software`, `cuda:0`; a PCI address where CUDA does not have the GPU. */
  readonly device: string;
}

/** What l2fwd takes for --memory in this version; a test holds it against l2fwd itself. */
export const OFFERED: readonly MemoryKind[] = ['host', 'gpu', 'gpu-mapped', 'staged'];

export function judgeMemory(
  machine: Machine,
  paths: readonly PciPath[],
  offered: readonly MemoryKind[] = OFFERED,
): Verdict[] {
  const judge = (memory: MemoryKind, device: string, judged: () => Usable): Verdict => {
    const missing = cannot(`this version has no --memory ${memory} yet`);
    return { memory, device, ...(offered.includes(memory) ? judged() : missing) };
  };
  return [
    // Its memory is host memory of its own: the CPU reaches all of it.
    ...MEMORY_KINDS.map((memory) =>
      judge(memory, 'software', () => worst([dpdkUsable(machine)], works('any port'))),
    ),
    ...machine.gpus.flatMap((gpu) => {
      const own = paths.filter((path) => path.gpu === gpu);
      return MEMORY_KINDS.map((memory) =>
        judge(memory, nameOf(gpu), () => onGpu(machine, gpu, memory, own)),
      );
    }),
  ];
}

function onGpu(
  machine: Machine,
  gpu: GpuFacts,
  memory: MemoryKind,
  paths: readonly PciPath[],
): Usable {
  const base = [dpdkUsable(machine), cudaUsable(machine, gpu)];
  switch (memory) {
    case 'host':
      return worst(base, works('any port; the GPU reads packets over PCIe'));
    case 'staged':
      return worst(base, works('any port; packets are copied to the GPU in batches'));
    case 'gpu-mapped':
      return worst([...base, mappingMissing(machine, gpu)], works(throughBar(gpu)));
    case 'gpu':
      return direct(machine, gpu, base, paths);
  }
}

/** A GPU for warpline: driver, age, compiler. Undefined: it has all. */
export function cudaUsable(machine: Machine, { cuda }: GpuFacts): Usable | undefined {
  const { answers, nvidia, cudaFailure, tree } = machine;
  if (cuda !== undefined && cuda.architecture < OLDEST) {
    return cannot(`sm_${cuda.architecture} is older than Volta (sm_${OLDEST})`);
  }
  const opens = cuda?.opens;
  const parts: (Usable | undefined)[] = [compilerMissing(machine)];
  if (opens !== undefined && 'failure' in opens) parts.push(unknown(opens.failure, ['nvidia-smi']));
  if (cuda !== undefined) return worst(parts, undefined);
  if (nvidia === undefined) {
    parts.push(lacking("NVIDIA's driver is not loaded", nvidiaDriverPackages(machine)));
  } else if (findLibrary(tree, 'libcuda.so.1') === undefined) {
    const mend = [nvidiaLibrary(machine, 'libcuda1', 'libnvidia-compute')];
    parts.push(lacking('libcuda.so.1 is not there', mend));
  } else if (cudaFailure !== undefined) {
    parts.push(lacking(`CUDA says: ${cudaFailure}`, ['nvidia-smi']));
  } else if (answers.cuda === undefined) {
    parts.push(unknown('CUDA was not asked which GPUs it has'));
  } else {
    parts.push(unknown('CUDA does not list this GPU', ['nvidia-smi -L']));
  }
  return worst(parts, undefined);
}

function compilerMissing(machine: Machine): Usable | undefined {
  const compiler = machine.answers.cuda?.compiler;
  if (compiler !== undefined && 'answer' in compiler) return undefined;
  const file = findLibrary(machine.tree, ...NVRTC);
  if (file === undefined) return lacking('NVRTC 12 or 13 is not there', nvrtcPackages(machine));
  return compiler === undefined ? undefined : unknown(`NVRTC: ${compiler.failure}`);
}

/** CPU mappings come from GDRCopy or from NVIDIA's Vulkan driver. */
function mappingMissing(machine: Machine, { cuda }: GpuFacts): Usable | undefined {
  if (cuda?.cpuMappable) return undefined;
  const there = findGdrcopy(machine).ready || findVulkan(machine.tree).driver !== undefined;
  if (!there) {
    const mend = [nvidiaLibrary(machine, 'nvidia-vulkan-icd', 'libnvidia-gl')];
    return lacking("neither NVIDIA's Vulkan driver nor gdrcopy is there", mend);
  }
  if (cuda?.opens !== undefined) {
    return unknown('a library for it is there, and yet warpline gets no mapping of GPU memory');
  }
  return undefined;
}

function throughBar({ bar1, cuda }: GpuFacts): string {
  const part =
    bar1 !== undefined && cuda !== undefined && bar1 < cuda.memory
      ? `, at most ${size(bar1)} of it (BAR1)`
      : '';
  return `any port but net_af_xdp; the CPU writes packets into GPU memory${part}`;
}

/** Root complexes are as far as NVIDIA promises it (GPUDirect RDMA guide, overview). */
const PROMISED = ['PIX', 'PXB', 'PHB'];

/** A NIC's own DMA into GPU memory. net_null and net_ring never touch payload: those work anyway. */
function direct(
  machine: Machine,
  { pci }: GpuFacts,
  base: readonly (Usable | undefined)[],
  paths: readonly PciPath[],
): Usable {
  const missing = worst(base, undefined);
  if (missing !== undefined) return missing;
  const made = 'net_null and net_ring work';
  const cards = paths.filter(({ nic }) => nic.mlx5);
  if (pci === undefined && machine.pci.length === 0) {
    return unknown(`${made}; sysfs shows no PCI devices, so no ConnectX card`);
  }
  if (cards.length === 0) return cannot(`${made}; from the wire only a ConnectX card (mlx5) could`);
  const judged = cards.map((path) => ({
    path,
    usable: worst([nicUsable(machine, path.nic), peermemMissing(machine)], far(path)),
  }));
  const order = ['works', 'if', 'unknown', 'cannot'];
  judged.sort((a, b) => order.indexOf(a.usable.verdict) - order.indexOf(b.usable.verdict));
  const [{ path, usable }] = judged;
  return { ...usable, reason: `${nicName(path.nic)}, ${path.nearness}: ${usable.reason}; ${made}` };
}

function far({ nearness }: PciPath): Usable {
  const way = MEANING[nearness];
  if (PROMISED.includes(nearness)) return works(`${way}; not run on hardware`);
  return unknown(`${way}: NVIDIA promises GPUDirect RDMA within one root complex only`);
}
