import { mkdirSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { METHODS } from '../apps/l2fwd/options.js';
import type { L2fwdResult } from '../apps/l2fwd/result.js';
import { runL2fwd } from '../apps/l2fwd/run.js';
import { Eal } from '../dpdk/eal.js';
import { WarplineError } from '../errors.js';
import { type Tried, writeReport } from './report.js';

// `npm start`: the bundled capture through every method, every frame verified; then each one pressed.
const root = fileURLToPath(new URL('../../', import.meta.url));
const input = `${root}data/sample.pcap`;
const folder = `${root}out`;

const FRAME_BYTES = 64;

const HEADER = [
  '            the capture, verified           one second of 64-byte frames',
  'method          in      out    wrong        Mpps  packets/item    p50 µs    p99 µs',
].join('\n');

async function main(): Promise<number> {
  mkdirSync(folder, { recursive: true });
  const here = (path: string) => relative(process.cwd(), path) || '.';
  console.log(`warpline: ${here(input)} through every method, on the software device\n`);
  console.log(HEADER);
  let bad = 0;
  const tried: Tried[] = [];
  for (const method of METHODS) {
    const out = `${folder}/${method}.pcap`;
    const common = { method, device: 'software' };
    const replayed = await runL2fwd({ ...common, in: input, out, verify: true });
    const made = { ports: [`net_null0,size=${FRAME_BYTES}`], duration: 1, warmup: WARMUP };
    const pressed = await runL2fwd({ ...common, ...made });
    tried.push({ replayed, pressed, frameBytes: FRAME_BYTES });
    if (!sound(replayed)) bad++;
    console.log(row(replayed, pressed));
  }
  const page = `${folder}/report.html`;
  writeReport(tried, here(`${folder}/start.json`), page);
  Eal.stop();
  console.log(
    `\nDevice: ${tried[0].replayed.device.name}. Every frame of the capture that was sent was compared with the`,
  );
  console.log(
    `frame received; what was sent lies in ${here(folder)}/METHOD.pcap. The frames of the second`,
  );
  console.log(
    `half come from DPDK's net_null port as fast as they are taken; latency is queueing then.`,
  );
  console.log(`The same as a page: ${here(page)}`);
  if (bad !== 0) console.error(`warpline: ${bad} method(s) did not forward the capture right.`);
  return bad === 0 ? 0 : 1;
}

/** Packets after which the loops are compiled. */
const WARMUP = 200_000;

/** All frames came, all left, all are what they should be, and every mbuf is back. */
function sound({ rx, tx, input, verify, mempool, error }: L2fwdResult): boolean {
  const counts = rx.packets === input?.frames && tx.packets === rx.packets;
  const checked = verify?.wrong === 0 && verify.checked === tx.packets;
  return counts && checked && mempool.available === mempool.size && error === undefined;
}

function row(replayed: L2fwdResult, pressed: L2fwdResult): string {
  const { method, rx, tx, verify } = replayed;
  const { latencyUs, listItems, mpps } = pressed;
  const numbers: [number | string, number][] = [
    [rx.packets, 8],
    [tx.packets, 9],
    [verify?.wrong ?? '-', 9],
    [mpps.toFixed(2), 12],
    [(pressed.tx.packets / Math.max(listItems, 1)).toFixed(1), 14],
    [latencyUs.p50.toFixed(1), 10],
    [latencyUs.p99.toFixed(1), 10],
  ];
  return method.padEnd(10) + numbers.map(([n, width]) => String(n).padStart(width)).join('');
}

// Whoever reads along may stop, as head does.
process.stdout.on('error', () => process.exit(0));

process.exitCode = await main().catch((error: unknown) => {
  if (!(error instanceof WarplineError)) throw error;
  console.error(error.line);
  return error.exit;
});
