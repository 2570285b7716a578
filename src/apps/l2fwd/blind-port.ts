import type { Port } from '../../dpdk/port.js';
import { fail } from '../../errors.js';
import type { L2fwdOptions } from './options.js';

/**
 * Poll mode drivers that pass mbufs on without looking into their packets: `net_null` and `net_ring`
 * do nothing else, and an mlx5 NIC's own DMA reaches device memory (GPUDirect RDMA, DPDK's gpudev
 * guide). All others copy, with the CPU.
 */
const BLIND = ['net_null', 'net_ring', 'mlx5_pci'];

/**
 * Refuses what would make the CPU read or write packets in memory it has no mapping of: it would
 * end the process. Error: MEMORY_UNREACHABLE.
 */
export function refuseCpuAccess({ method, verify }: L2fwdOptions, device: string): void {
  if (verify) fail('MEMORY_UNREACHABLE', { who: '--verify', device, advice: 'leave --verify out' });
  if (method === 'cpu')
    fail('MEMORY_UNREACHABLE', { who: '--method cpu', device, advice: 'another method' });
}

/** The same for a port that is attached and not yet given any memory. */
export function refuseSeeingPort({ devargs, info }: Port, device: string): void {
  const copies = /(^|,)copy=[^0,]/.test(devargs);
  if (BLIND.includes(info.driver) && !copies) return;
  const advice = `a port of ${BLIND.join(', ')} that does not copy`;
  fail('MEMORY_UNREACHABLE', { who: `the port ${devargs}`, device, advice });
}
