import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { getSystemErrorMap } from 'node:util';
import { fail } from '../errors.js';
import { ByteSource } from './byte-source.js';
import { type FrameReader, NO_FRAME } from './frame-reader.js';
import { PcapReader } from './pcap.js';
import { PcapngReader } from './pcapng.js';

/** What a net_pcap port will deliver for a file. */
export interface CaptureInfo {
  readonly file: string;
  readonly format: 'pcap' | 'pcapng';
  /**
   * Frames until the file's end or its first damaged record: what libpcap hands out before it
   * reports an end or an error. net_pcap asks on after an error and may then deliver rubbish read
   * from the middle of a record, so whoever polls it stops at this number.
   */
  readonly frames: number;
  /** Sum of the captured lengths. */
  readonly bytes: number;
  /** Captured bytes of the shortest and of the longest frame; 0 without frames. */
  readonly minLength: number;
  readonly maxLength: number;
  /** The number of the first frame of `maxLength`, counted from 1 as Wireshark does; or 0. */
  readonly longestFrame: number;
  /** How many frames there are of each captured length, shortest first. */
  readonly lengths: ReadonlyMap<number, number>;
  /** The file is cut off inside a record, or a record is damaged; `frames` are those before it. */
  readonly truncated: boolean;
  /** What is wrong with the damaged record. Absent where the file is whole or merely cut off. */
  readonly damage?: string;
}

/** Lengths up to here are counted in an array; the few beyond in a map. */
const COMMON_LENGTHS = 65_536;

/**
 * Reads a capture once, from start to end, by the rules of libpcap 1.10.
 *
 * @throws INPUT_NOT_FOUND (missing, not readable, no regular file), INPUT_NOT_CAPTURE,
 *   INPUT_LINK_TYPE (not Ethernet), INPUT_UNSUPPORTED (a pcapng libpcap will not read whole).
 */
export function scanCapture(file: string): CaptureInfo {
  return withReader(file, (reader) => {
    const common = new Float64Array(COMMON_LENGTHS);
    const lengths = new Map<number, number>();
    let bytes = 0;
    let maxLength = 0;
    let longestFrame = 0;
    for (let length = reader.next(); length !== NO_FRAME; length = reader.next()) {
      bytes += length;
      if (length < COMMON_LENGTHS) common[length]++;
      else lengths.set(length, (lengths.get(length) ?? 0) + 1);
      if (length > maxLength || longestFrame === 0) {
        maxLength = length;
        longestFrame = reader.frames;
      }
    }
    common.forEach((count, length) => {
      if (count > 0) lengths.set(length, count);
    });
    const sorted = new Map([...lengths].sort(([a], [b]) => a - b));
    const [minLength = 0] = sorted.keys();
    return {
      file,
      format: reader.format,
      frames: reader.frames,
      bytes,
      minLength,
      maxLength,
      longestFrame,
      lengths: sorted,
      truncated: reader.truncated,
      ...(reader.damage !== undefined && { damage: reader.damage }),
    };
  });
}

/**
 * The frames `scanCapture` counts, in order, each a copy of its captured bytes. Throws as
 * `scanCapture` does, when the first frame is asked for.
 */
export function* readFrames(file: string): Generator<Uint8Array, void, void> {
  const fd = open(file);
  try {
    const reader = guard(file, () => readerFor(new ByteSource(fd), file));
    for (;;) {
      const length = guard(file, () => reader.next());
      if (length === NO_FRAME) return;
      yield reader.source.bytes.slice(reader.frameAt, reader.frameAt + length);
    }
  } finally {
    closeSync(fd);
  }
}

function withReader<T>(file: string, use: (reader: FrameReader) => T): T {
  const fd = open(file);
  try {
    return guard(file, () => use(readerFor(new ByteSource(fd), file)));
  } finally {
    closeSync(fd);
  }
}

function readerFor(source: ByteSource, file: string): FrameReader {
  if (PcapReader.matches(source)) return new PcapReader(source, file);
  if (PcapngReader.matches(source)) return new PcapngReader(source, file);
  return fail('INPUT_NOT_CAPTURE', { file, reason: whatElse(source) });
}

function open(file: string): number {
  return guard(file, () => {
    // Without O_NONBLOCK, opening a FIFO nobody writes to would never return.
    const fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const status = fstatSync(fd);
    if (status.isFile()) return fd;
    closeSync(fd);
    const reason = status.isDirectory()
      ? 'it is a directory'
      : 'it is no regular file, and a capture is read twice: to count its frames and to send them';
    return fail('INPUT_NOT_FOUND', { file, reason });
  });
}

/** Runs what reads the file, and turns node's errors into ours. */
function guard<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const { errno, code } = error as NodeJS.ErrnoException;
    if (errno !== undefined) {
      const reason = getSystemErrorMap().get(errno)?.[1] ?? String(code);
      return fail('INPUT_NOT_FOUND', { file, reason });
    }
    // A path with a zero byte in it never reaches the system.
    if (code === 'ERR_INVALID_ARG_VALUE') {
      return fail('INPUT_NOT_FOUND', {
        file: JSON.stringify(file),
        reason: 'no path is like that',
      });
    }
    throw error;
  }
}

const packed = [
  ['1f8b', 'gzip'],
  ['28b52ffd', 'zstd'],
  ['fd377a58', 'xz'],
  ['425a68', 'bzip2'],
  ['04224d18', 'lz4'],
  ['504b0304', 'zip'],
];

/** Why a file that is neither pcap nor pcapng is none. */
function whatElse(source: ByteSource): string {
  const bytes = source.want(4);
  if (bytes === 0) return 'it is empty';
  const start = Buffer.from(source.bytes.subarray(source.at, source.at + bytes)).toString('hex');
  const [, packer] = packed.find(([magic]) => start.startsWith(magic)) ?? [];
  if (packer !== undefined) return `it is packed with ${packer}, unpack it first`;
  return 'it begins with neither a pcap nor a pcapng header';
}
