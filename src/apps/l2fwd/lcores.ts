import type { Method } from '../../methods/method.js';
import { isTraffic } from '../../traffic/spec.js';
import type { L2fwdOptions } from './options.js';

/**
 * Lcores of a path where --lcores does not say: one at both ends, where either end does no more than
 * pass mbufs on. Then an mbuf costs less than to bring it from one core's cache to another's. Where an
 * end has more to do than that (launches, copies, fingerprints, frames to copy out of a socket), two
 * share it.
 */
export function lcoresPerPath(options: Ends, { passes }: Method): number {
  return options.lcores ?? (passes && passesOn(options) ? 1 : 2);
}

type Ends = Pick<L2fwdOptions, 'lcores' | 'ports' | 'memory' | 'verify' | 'headerSplit'>;

/** Whether neither port nor memory make work for the CPU. */
export function passesOn({ ports, memory, verify, headerSplit }: Ends): boolean {
  const copies = memory === 'staged' || verify || headerSplit !== 0;
  return !copies && ports.length > 0 && ports.every(isBlind);
}

/** Devargs of ports that do not look into packets: a NIC, DPDK's rings, and what makes frames of nothing. */
function isBlind(devargs: string): boolean {
  if (isPciAddress(devargs) || isTraffic(devargs)) return true;
  return /^(?:eth|net)_(?:null|ring)/.test(devargs) && !/(^|,)copy=[^0,]/.test(devargs);
}

/** As EAL takes them: 0000:3b:00.0, or without the domain; arguments may follow. */
export function isPciAddress(devargs: string): boolean {
  return /^(pci:)?([0-9a-f]{4}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]/i.test(devargs);
}
