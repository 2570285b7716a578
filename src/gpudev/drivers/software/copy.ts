import type { DeviceSpan } from './block.js';

/** Bytes a copy moves before the front end looks after its other work again. */
export const COPY_CHUNK = 256 << 10;
/** Below it a loop is cheaper than two views, and leaves no garbage. */
const BY_WORDS = 2048;

/**
 * Moves the next piece of a copy of which `done` bytes are moved; returns how many are then. Memory
 * that overlaps comes out as with memmove, so such a copy to higher addresses starts at its end.
 */
export function copyOn(
  target: DeviceSpan,
  to: number,
  source: DeviceSpan,
  from: number,
  bytes: number,
  done: number,
): number {
  const length = Math.min(COPY_CHUNK, bytes - done);
  const start = target === source && to > from ? bytes - done - length : done;
  const a = to - target.address + start;
  const b = from - source.address + start;
  // Different spans share no byte, so that only within one can source and target overlap.
  if (target === source) target.window.u8.copyWithin(a, b, b + length);
  else if (length <= BY_WORDS && ((a | b | length) & 3) === 0)
    copyWords(target, a, source, b, length);
  else target.window.u8.set(source.window.u8.subarray(b, b + length), a);
  return done + length;
}

function copyWords(target: DeviceSpan, a: number, source: DeviceSpan, b: number, length: number) {
  const to = target.window.u32;
  const from = source.window.u32;
  const end = (b + length) / 4;
  const shift = (a - b) / 4;
  for (let i = b / 4; i < end; i++) to[i + shift] = from[i];
}
