import { mkdirSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { METHODS } from '../apps/l2fwd/options.js';
import type { L2fwdResult } from '../apps/l2fwd/result.js';
import { runL2fwd } from '../apps/l2fwd/run.js';
import { Eal } from '../dpdk/eal.js';
import { WarplineError } from '../errors.js';

// `npm start`: the bundled capture through every method, every frame verified, side by side.
const root = fileURLToPath(new URL('../../', import.meta.url));
const input = `${root}data/sample.pcap`;
const folder = `${root}out`;

const COLUMNS =
  'method      frames in       out   dropped     wrong  packets/item    p50 µs    p99 µs';

async function main(): Promise<number> {
  mkdirSync(folder, { recursive: true });
  const here = (path: string) => relative(process.cwd(), path) || '.';
  console.log(`warpline: ${here(input)} through every method, on the software device\n`);
  console.log(COLUMNS);
  let bad = 0;
  let device = '';
  for (const method of METHODS) {
    const out = `${folder}/${method}.pcap`;
    const result = await runL2fwd({
      ports: [],
      in: input,
      out,
      method,
      device: 'software',
      memory: 'host',
      burst: 64,
      timeoutUs: 50,
      items: 256,
      pipelines: 1,
      packetTimeNs: 0,
      warmup: 0,
      verify: true,
      mbufSize: 2048,
    });
    device = result.device.name;
    if (!sound(result)) bad++;
    console.log(row(result));
  }
  Eal.stop();
  console.log(`\nDevice: ${device}. Every frame sent was compared with the frame received.`);
  console.log(`What was sent lies in ${here(folder)}/METHOD.pcap (try: tcpdump -enr …).`);
  if (bad !== 0) console.error(`warpline: ${bad} method(s) did not forward the capture right.`);
  return bad === 0 ? 0 : 1;
}

/** All frames came, all left, all are what they should be, and every mbuf is back. */
function sound({ rx, tx, input, verify, mempool, error }: L2fwdResult): boolean {
  const counts = rx.packets === input?.frames && tx.packets === rx.packets;
  const checked = verify?.wrong === 0 && verify.checked === tx.packets;
  return counts && checked && mempool.available === mempool.size && error === undefined;
}

function row({ method, rx, tx, dropped, verify, listItems, latencyUs }: L2fwdResult): string {
  const lost = Object.values(dropped).reduce((sum, n) => sum + n, 0);
  const numbers: [number | string, number][] = [
    [rx.packets, 11],
    [tx.packets, 10],
    [lost, 10],
    [verify?.wrong ?? '-', 10],
    [(rx.packets / Math.max(listItems, 1)).toFixed(1), 14],
    [latencyUs.p50.toFixed(1), 10],
    [latencyUs.p99.toFixed(1), 10],
  ];
  return method.padEnd(10) + numbers.map(([n, width]) => String(n).padStart(width)).join('');
}

process.exitCode = await main().catch((error: unknown) => {
  if (!(error instanceof WarplineError)) throw error;
  console.error(error.line);
  return error.exit;
});
