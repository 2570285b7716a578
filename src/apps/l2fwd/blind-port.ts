import type { Port } from '../../dpdk/port.js';
import { fail } from '../../errors.js';
import type { L2fwdOptions } from './options.js';
import type { CpuAccess } from './packet-memory.js';

/**
 * Poll mode drivers that pass mbufs on without looking into their packets: `net_null` and `net_ring`
 * do nothing else, and an mlx5 NIC's own DMA reaches device memory (GPUDirect RDMA, DPDK's gpudev
 * guide). All others copy, with the CPU.
 */
const BLIND = ['net_null', 'net_ring', 'mlx5_pci'];

/**
 * Refuses what would make the CPU read packets where it must not: in memory it has no mapping of,
 * which would end the process, or across the bus, which would take the run's time. Errors:
 * MEMORY_UNREACHABLE, MEMORY_WRITE_ONLY.
 */
export function refuseCpuAccess({ method }: L2fwdOptions, device: string, access: CpuAccess): void {
  if (method === 'cpu') refuse('--method cpu', device, access, 'another method');
}

/** The same for a port that is attached and not yet given any memory. */
export function refuseSeeingPort({ devargs, info }: Port, device: string, access: CpuAccess): void {
  const copies = /(^|,)copy=[^0,]/.test(devargs);
  if (BLIND.includes(info.driver) && !copies) return;
  if (access === 'write' && sendsNothing(devargs, info.driver)) return;
  const also = access === 'write' ? ', or of net_pcap that writes no file' : '';
  const advice = `a port of ${BLIND.join(', ')} that does not copy${also}`;
  refuse(`the port ${devargs}`, device, access, advice);
}

/** Without a file or interface to write to, net_pcap counts what is sent and looks at nothing. */
function sendsNothing(devargs: string, driver: string): boolean {
  return driver === 'net_pcap' && !/(^|,)(tx_pcap|tx_iface|iface)=/.test(devargs);
}

function refuse(who: string, device: string, access: CpuAccess, advice: string): void {
  if (access === 'none') fail('MEMORY_UNREACHABLE', { who, device, advice });
  if (access === 'write') fail('MEMORY_WRITE_ONLY', { who, device, advice });
}
