import { fileURLToPath } from 'node:url';
import { type Burst, type Kernel, runL2fwd } from 'warpline';

/** A packet function: decrements the TTL of IPv4 packets and mends the header's checksum (RFC 1624). */
export function decrementTtl({ packets, u8, origin, first, count }: Burst): void {
  for (let p = first; p < first + 4 * count; p += 4) {
    const frame = (packets[p] - origin) >>> 0;
    const isIpv4 = packets[p + 2] >= 34 && u8[frame + 12] === 8 && u8[frame + 13] === 0;
    if (!isIpv4 || u8[frame + 22] === 0) continue;
    u8[frame + 22]--;
    const sum = u8[frame + 24] + 1;
    u8[frame + 24] = sum;
    // The carry out of the high byte goes round into the low one.
    if (sum > 0xff && ++u8[frame + 25] > 0xff) u8[frame + 24]++;
  }
}

export const ttl: Kernel = {
  name: 'ttl',
  declared: { module: import.meta.url, export: 'ttl' },
  software: { module: import.meta.url, export: 'decrementTtl' },
  headBytes: 0,
  expect() {},
};

/** The kernel on the software GPU, in the persistent method, over the bundled capture. */
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const files = { in: 'data/sample.pcap', out: 'out/ttl.pcap' };
  const result = await runL2fwd({ ...files, method: 'persistent', memory: 'gpu' }, {}, ttl);
  console.log(`${result.tx.packets} frames through ${result.device.name}, out/ttl.pcap`);
}
