import assert from 'node:assert/strict';
import type { MethodName } from '../apps/l2fwd/options.js';
import type { L2fwdResult } from '../apps/l2fwd/result.js';

/** What l2fwd owes its users, said once more and independently of how it does it. */

/** Two MAC addresses: what is shorter stays as it is (DESIGN §5). */
export const RUNT = 12;

/** A frame as it must leave: bytes 0-5 and 6-11 exchanged, where there is a method that does it. */
export function forwarded(frame: Uint8Array, method: MethodName): Uint8Array {
  if (method === 'io' || frame.length < RUNT) return frame;
  const [source, destination, rest] = [[6, 12], [0, 6], [12]].map((span) => frame.slice(...span));
  return Buffer.concat([source, destination, rest]);
}

/** Asserts that frames are the same, one by one and in the same order. */
export function assertFrames(
  actual: Iterable<Uint8Array>,
  expected: Iterable<Uint8Array>,
  what = 'frame',
): void {
  const [got, wanted] = [[...actual], [...expected]];
  for (let i = 0; i < Math.min(got.length, wanted.length); i++) {
    if (Buffer.compare(got[i], wanted[i]) !== 0)
      assert.fail(`${what} ${i}: ${difference(got[i], wanted[i])}`);
  }
  assert.equal(got.length, wanted.length, `${what}s in all`);
}

function difference(got: Uint8Array, wanted: Uint8Array): string {
  const at = wanted.findIndex((byte, i) => byte !== got[i]);
  const bytes = (of: Uint8Array) => Buffer.from(of.slice(at, at + 16)).toString('hex');
  const lengths = `${got.length} bytes for ${wanted.length}`;
  return at < 0 ? lengths : `${lengths}; from byte ${at}: ${bytes(got)} for ${bytes(wanted)}`;
}

/** Every packet is accounted for, and every mbuf is back: true of any run, however it ended. */
export function assertBalanced({ rx, tx, dropped, mempool, queues }: L2fwdResult): void {
  const lost = Object.values(dropped).reduce((sum, packets) => sum + packets, 0);
  assert.equal(rx.packets, tx.packets + lost, 'rx.packets = tx.packets + Σ dropped');
  const { size, available, kept = 0 } = mempool;
  assert.equal(available + kept, size, 'mempool.available + kept = mempool.size');
  for (const [way, all] of [['rx', rx] as const, ['tx', tx] as const])
    for (const what of ['packets', 'bytes'] as const) {
      const sum = queues.reduce((total, queue) => total + queue[way][what], 0);
      assert.equal(sum, all[what], `Σ queues.${way}.${what}`);
    }
}

/** The run forwarded `packets` packets of `bytes` bytes in all, and lost none on the way. */
export function assertLossless(result: L2fwdResult, packets: number, bytes?: number): void {
  assertBalanced(result);
  assert.equal(result.error, undefined);
  assert.equal(result.rx.packets, packets);
  assert.equal(result.tx.packets, packets);
  assert.equal(result.rx.missed, 0);
  if (bytes === undefined) return;
  assert.equal(result.rx.bytes, bytes);
  assert.equal(result.tx.bytes, bytes);
}
