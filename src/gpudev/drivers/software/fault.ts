import { fail } from '../../../errors.js';
import type { GpuFault } from '../../driver.js';
import { type Board, CLOSED, FAULT } from './board.js';

/**
 * The end of a device. The first fault is kept, as JSON in the board's text (its length in the
 * first four bytes), and shown by the word FAULT; every call after it throws it.
 */
const WELL = 0;
const WRITING = 1;
const LOST = 2;

/** What touching memory the device does not know throws, in a kernel or in a copy. */
export class IllegalAddress extends Error {
  override readonly name = 'IllegalAddress';
}

/** Addresses are written as everywhere in the field: in hexadecimal. */
export function hex(address: number): string {
  return Number.isSafeInteger(address) ? `0x${address.toString(16)}` : String(address);
}

/** Keeps a fault, unless there is one already. The caller calls for attention afterwards. */
export function keepFault(board: Board, fault: GpuFault): void {
  if (Atomics.compareExchange(board.words, FAULT, WELL, WRITING) !== WELL) return;
  const room = board.text.subarray(4);
  // A copy: TextEncoder refuses shared memory.
  const text = new TextEncoder().encode(JSON.stringify(shorten(fault, room.length)));
  room.set(text);
  new DataView(board.shared, board.text.byteOffset).setUint32(0, text.length);
  Atomics.store(board.words, FAULT, LOST);
}

// JSON escapes make six bytes of a character at most.
function shorten(fault: GpuFault, room: number): GpuFault {
  const most = Math.floor(room / 6) - 100;
  const message = oneLine(fault.message).slice(0, most - 100);
  return { ...fault, message, ...(fault.kernel && { kernel: fault.kernel.slice(0, 100) }) };
}

function oneLine(text: string): string {
  return text.replace(/\s*[\r\n]+\s*/g, ' ');
}

/** The fault from what was thrown, by a kernel or by the front end's own work. */
export function faultOf(thrown: unknown, kernel?: string): GpuFault {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const illegal = error instanceof IllegalAddress;
  return {
    kind: illegal ? 'illegal-address' : 'launch-failure',
    message: illegal || error.name === 'Error' ? error.message : `${error.name}: ${error.message}`,
    ...(kernel !== undefined && { kernel }),
  };
}

export function readFault(board: Board): GpuFault | undefined {
  if (Atomics.load(board.words, FAULT) !== LOST) return undefined;
  const length = new DataView(board.shared, board.text.byteOffset).getUint32(0);
  return JSON.parse(new TextDecoder().decode(board.text.slice(4, 4 + length))) as GpuFault;
}

/** Throws when the device is lost or closed: the first thing every call does. */
export function mustLive(board: Board, call: string): void {
  if (Atomics.load(board.words, FAULT) !== WELL || Atomics.load(board.words, CLOSED) !== 0) {
    throwDead(board, call);
  }
}

function throwDead(board: Board, call: string): void {
  if (Atomics.load(board.words, CLOSED) !== 0) fail('GPU_CLOSED', { call });
  const fault = readFault(board);
  if (fault === undefined) return;
  fail(fault.kind === 'illegal-address' ? 'GPU_ILLEGAL_ADDRESS' : 'GPU_LAUNCH_FAILED', {
    who: fault.kernel === undefined ? 'the device' : `kernel ${fault.kernel}`,
    reason: fault.message,
  });
}
