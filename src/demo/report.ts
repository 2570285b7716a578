import { writeFileSync } from 'node:fs';
import type { L2fwdResult } from '../apps/l2fwd/result.js';
import { origin } from '../bench/machine.js';
import { jsonText } from '../cli/json-output.js';
import { interpret } from '../report/interpret.js';
import { makeReport } from '../report/report.js';

/** What a method did: with the capture, and with as many frames as it takes. */
export interface Tried {
  replayed: L2fwdResult;
  pressed: L2fwdResult;
  /** Length of the frames it was pressed with. */
  frameBytes: number;
}

/** Writes what was tried as a result file, and the page that `warpline report` makes of it. */
export function writeReport(tried: readonly Tried[], result: string, page: string): void {
  const own = origin('npm start');
  const { name: gpu } = tried[0].replayed.device;
  const machine = { ...own.machine, device: 'software', gpu };
  const text = jsonText({ bench: 'start', ...own, machine, rows: tried.map(rowOf) });
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
