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

/**
 * The same for a port that is attached and not yet given any memory. A port may write what it
 * receives across the bus, and what it is to send is unloaded for it.
 */
export function refuseSeeingPort(port: Port, device: string, access: CpuAccess): void {
  const who = `the port ${port.devargs}`;
  if (access !== 'none' || isBlind(port)) return;
  refuse(who, device, access, `a port of ${BLIND.join(', ')} that does not copy`);
}

/** Whether the port cuts the frames it receives itself, and its DMA reaches device memory. */
export function splitsItself(port: Port): boolean {
  return port.splits && isBlind(port);
}

/**
 * Refuses a port that cannot take part in --header-split. Where it does not split frames itself the
 * CPU does, which must be able to write payloads. Error: HEADER_SPLIT.
 */
export function refuseUnsplit(port: Port, device: string, access: CpuAccess): void {
  const { devargs, info } = port;
  // Its driver copies as many bytes as a frame has out of the first segment (rte_eth_af_xdp.c).
  if (info.driver === 'net_af_xdp')
    fail('HEADER_SPLIT', { devargs, reason: 'it sends frames of one segment' });
  if (access === 'none' && !splitsItself(port))
    fail('HEADER_SPLIT', {
      devargs,
      reason: `it does not split frames itself, and the CPU does not reach ${device} memory`,
    });
}

/** Whether the CPU reads the frames that this port sends. */
export function readsToSend(port: Port): boolean {
  return !isBlind(port) && !sendsNothing(port);
}

function isBlind({ devargs, info }: Port): boolean {
  return passesBlindly(info.driver, devargs);
}

/** The same of a port that is not attached yet, where its driver is known by name. */
export function passesBlindly(driver: string, devargs: string): boolean {
  return BLIND.includes(driver) && !/(^|,)copy=[^0,]/.test(devargs);
}

/** Without a file or interface to write to, net_pcap counts what is sent and looks at nothing. */
function sendsNothing({ devargs, info }: Port): boolean {
  return info.driver === 'net_pcap' && !/(^|,)(tx_pcap|tx_iface|iface)=/.test(devargs);
}

function refuse(who: string, device: string, access: CpuAccess, advice: string): void {
  if (access === 'none') fail('MEMORY_UNREACHABLE', { who, device, advice });
  if (access === 'write') fail('MEMORY_WRITE_ONLY', { who, device, advice });
}
