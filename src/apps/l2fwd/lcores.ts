import type { Method } from '../../methods/method.js';
import { isTraffic } from '../../traffic/spec.js';
import { passesBlindly } from './blind-port.js';
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
  return !copies && ports.length > 0 && ports.every(leavesToDma);
}

/** Whether the CPU copies nothing there: a NIC of any make, and what passes mbufs on blindly. */
function leavesToDma(devargs: string): boolean {
  if (isPciAddress(devargs) || isTraffic(devargs)) return true;
  // A virtual device's name begins with its driver's, or with eth_ as in older programs.
  const [driver = ''] = /^(?:eth|net)_[a-z_]+/.exec(devargs) ?? [];
  return passesBlindly(driver.replace(/^eth_/, 'net_'), devargs);
}

/** As EAL takes them: 0000:3b:00.0, or without the domain; arguments may follow. */
export function isPciAddress(devargs: string): boolean {
  return /^(pci:)?([0-9a-f]{4}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]/i.test(devargs);
}
