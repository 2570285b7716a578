import { writeFileSync } from 'node:fs';
import type { L2fwdResult } from '../apps/l2fwd/result.js';
import { commit, machine } from '../bench/machine.js';
import { interpret } from '../report/interpret.js';
import { makeReport } from '../report/report.js';
import { version } from '../version.js';

/** What a method did: with the capture, and with as many frames as it takes. */
export interface Tried {
  replayed: L2fwdResult;
  pressed: L2fwdResult;
  /** Length of the frames it was pressed with. */
  frameBytes: number;
}

/** Writes what was tried as a result file, and the page that `warpline report` makes of it. */
export function writeReport(tried: readonly Tried[], result: string, page: string): void {
  const place = { version, commit: commit(), date: new Date().toISOString() };
  const { name: gpu } = tried[0].replayed.device;
  const where = { machine: { ...machine(), device: 'software', gpu }, command: 'npm start' };
  const rows = tried.map(rowOf);
  const text = `${JSON.stringify({ bench: 'start', ...place, ...where, rows }, null, 2)}\n`;
  writeFileSync(result, text);
  writeFileSync(page, makeReport([interpret(result, Buffer.from(text))]).page);
}

function rowOf({ replayed, pressed, frameBytes }: Tried) {
  const { method, memory, rx, tx, verify } = replayed;
  const { burst, mpps, gbps, latencyUs, listItems, crowded } = pressed;
  return {
    method,
    memory,
    burst,
    frameBytes,
    captureIn: rx.packets,
    captureOut: tx.packets,
    wrong: verify?.wrong,
    mpps,
    gbps,
    packetsPerItem: pressed.tx.packets / Math.max(listItems, 1),
    latencyP50Us: latencyUs.p50,
    latencyP99Us: latencyUs.p99,
    ...(crowded && { crowded }),
  };
}
