import { modprobe, nvidiaDriverPackages, nvidiaLibrary } from '../advice.js';
import { type Check, type Finding, lacks, note, ok, size, unknown } from '../check.js';
import { type GpuFacts, hex, nameOf, OLDEST, otherGraphics } from '../facts/gpus.js';
import { findLibrary } from '../facts/libraries.js';
import type { PciDevice } from '../facts/pci.js';
import type { Machine } from '../machine.js';

/** NVIDIA GPUs and their driver, kernel side and library. */
export const gpus: Check = {
  name: 'gpus',
  look(machine) {
    const { gpus } = machine;
    if (gpus.length === 0) return [none(machine)];
    return [...gpus.map(line), driver(machine)];
  },
};

function none(machine: Machine): Finding {
  const { pci, cudaFailure } = machine;
  const devices = machine.answers.cuda?.devices;
  if (pci.length === 0 && (devices === undefined || 'failure' in devices)) {
    const reason = devices === undefined ? 'CUDA was not asked' : `CUDA: ${devices.failure}`;
    return unknown(`GPUs: sysfs shows no PCI devices, and ${reason}`);
  }
  const others = otherGraphics(pci).map(
    ({ address, vendor, device }) => `${address} (${hex(vendor)}:${hex(device)})`,
  );
  const beside = others.length > 0 ? `; ${others.join(', ')} is graphics of another maker` : '';
  const why = cudaFailure === undefined ? '' : ` (CUDA: ${cudaFailure})`;
  return note(`no NVIDIA GPU${beside}${why}; --device software needs none`);
}

function line(gpu: GpuFacts): Finding {
  const { cuda, pci, name, address } = gpu;
  const facts = [
    ...(cuda === undefined ? [] : [`sm_${cuda.architecture}`, size(cuda.memory)]),
    address,
    ...(pci === undefined || pci.numaNode < 0 ? [] : [`NUMA node ${pci.numaNode}`]),
    ...(pci?.link === undefined ? [] : [linkOf(pci)]),
  ];
  const text = `${nameOf(gpu)}: ${name}, ${facts.join(', ')}`;
  if (cuda !== undefined && cuda.architecture < OLDEST) {
    return note(`${text}: older than Volta (sm_${OLDEST}), which warpline's kernels need`);
  }
  if (cuda?.opens !== undefined && 'failure' in cuda.opens) {
    return lacks(`${text}: it does not open: ${cuda.opens.failure}`, ['nvidia-smi']);
  }
  return cuda === undefined ? note(text) : ok(text);
}

function linkOf({ link, bestLink }: PciDevice): string {
  return bestLink === undefined || bestLink === link ? `${link}` : `${link} (at best ${bestLink})`;
}

function driver(machine: Machine): Finding {
  const { nvidia, gpus, tree, cudaFailure } = machine;
  const library = findLibrary(tree, 'libcuda.so.1');
  const inCuda = gpus.some(({ cuda }) => cuda !== undefined);
  const version = nvidia === undefined ? '' : ` ${nvidia.version}${nvidia.open ? ' (open)' : ''}`;
  if (inCuda) return ok(`NVIDIA driver${version || ', version unknown'}`);
  if (nvidia === undefined) {
    const bound = [...new Set(gpus.map(({ pci }) => pci?.driver ?? 'no driver'))].join(', ');
    const loadable = machine.kernel.module('nvidia') === 'available';
    return lacks(
      `NVIDIA's driver is not loaded; the GPU is bound to ${bound}`,
      loadable ? modprobe(machine, 'nvidia', 'nvidia_uvm') : nvidiaDriverPackages(machine),
    );
  }
  if (library === undefined) {
    const mend = [nvidiaLibrary(machine, 'libcuda1', 'libnvidia-compute')];
    return lacks(`NVIDIA driver${version} is loaded, libcuda.so.1 is not there`, mend);
  }
  if (cudaFailure !== undefined) {
    return lacks(`NVIDIA driver${version}, but CUDA says: ${cudaFailure}`, ['nvidia-smi']);
  }
  return unknown(`NVIDIA driver${version}: CUDA was not asked which GPUs it has`);
}
