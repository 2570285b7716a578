import type { ByteSource } from './byte-source.js';

const END_OF_OPTIONS = 0;
const TIME_RESOLUTION = 9;
const TIME_OFFSET = 14;

/**
 * What is wrong with the options of a pcapng interface description in libpcap's eyes (sf-pcapng.c,
 * process_idb_options), or undefined. Times are of no use to a replay, but libpcap refuses the
 * interface over them, so they decide which frames a port delivers.
 *
 * `from` and `to` bound the options, as offsets from `source.at`.
 */
export function interfaceOptionsFault(
  source: ByteSource,
  from: number,
  to: number,
  littleEndian: boolean,
): string | undefined {
  const seen = new Set<number>();
  let at = from;
  while (at < to) {
    if (to - at < 4) return 'an option of an interface is cut short';
    const code = source.u16(at, littleEndian);
    const length = source.u16(at + 2, littleEndian);
    const value = at + 4;
    at = value + Math.ceil(length / 4) * 4;
    if (at > to) return 'an option of an interface is cut short';
    if (code === END_OF_OPTIONS) {
      return length === 0 ? undefined : 'the end of the options of an interface has a length';
    }
    if (code !== TIME_RESOLUTION && code !== TIME_OFFSET) continue;
    const name = code === TIME_RESOLUTION ? 'if_tsresol' : 'if_tsoffset';
    if (length !== (code === TIME_RESOLUTION ? 1 : 8)) return `${name} has a length of ${length}`;
    if (seen.has(code)) return `an interface has more than one ${name}`;
    seen.add(code);
    if (code === TIME_RESOLUTION && !isResolution(source.u8(value))) {
      return `if_tsresol ${source.u8(value)} is finer than 64 bits can hold`;
    }
  }
  return undefined;
}

/** The upper bit chooses between powers of 2 and of 10; libpcap takes what fits 64 bits. */
function isResolution(value: number): boolean {
  return value & 0x80 ? (value & 0x7f) <= 63 : value <= 19;
}
