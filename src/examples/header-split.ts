import { fileURLToPath } from 'node:url';
import { type Burst, type Kernel, runL2fwd } from 'warpline';

/** Ethernet, IPv4 without options, UDP: what stays in host memory of each frame. */
const HEADER_BYTES = 42;
/** Expedited forwarding (RFC 3246), in the upper six bits of the byte. */
const EXPEDITED = 46 << 2;

/** For headers, on the RX lcore: has UDP packets expedited, and mends the checksum (RFC 1624). */
export function expediteUdp({ packets, u8, origin, first, count }: Burst): void {
  for (let p = first; p < first + 4 * count; p += 4) {
    const at = (packets[p] - origin) >>> 0;
    const isIpv4 = packets[p + 2] >= 34 && u8[at + 12] === 8 && u8[at + 13] === 0;
    if (!isIpv4 || u8[at + 23] !== 17) continue;
    const before = u8[at + 15];
    u8[at + 15] = EXPEDITED | (before & 3);
    let sum = 0xffff - ((u8[at + 24] << 8) | u8[at + 25]) + (0xffff - before) + u8[at + 15];
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
    u8[at + 24] = (0xffff - sum) >>> 8;
    u8[at + 25] = (0xffff - sum) & 0xff;
  }
}

/** For payloads, on the GPU: a toy cipher. Of a frame that is all header there are no bytes. */
export function scramble({ packets, u8, origin, first, count }: Burst): void {
  for (let p = first; p < first + 4 * count; p += 4) {
    const at = (packets[p] - origin) >>> 0;
    for (let i = at; i < at + packets[p + 2]; i++) u8[i] ^= 0x5a;
  }
}

export const cipher: Kernel = {
  name: 'cipher',
  declared: { module: import.meta.url, export: 'cipher' },
  headers: { module: import.meta.url, export: 'expediteUdp' },
  software: { module: import.meta.url, export: 'scramble' },
  cuda: {
    name: 'scramble',
    source: `__device__ void scramble(uint8_t *packet, uint32_t size)
{
	for (uint32_t i = 0; i < size; i++)
		packet[i] ^= 0x5a;
}`,
  },
  headBytes: 0,
  expect() {},
};

/** Both at once over the bundled capture: the CPU never reads a payload, the GPU never a header. */
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const files = { in: 'data/sample.pcap', out: 'out/cipher.pcap' };
  const split = { memory: 'gpu-mapped', headerSplit: HEADER_BYTES } as const;
  const result = await runL2fwd({ ...files, ...split }, {}, cipher);
  console.log(`${result.tx.packets} frames through ${result.device.name}, out/cipher.pcap`);
}
