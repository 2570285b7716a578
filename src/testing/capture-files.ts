/** Builds captures byte by byte, right ones and wrong ones, for the tests. */

const SIZES = { b: 1, H: 2, I: 4 } as const;

/** Packs numbers as Python's struct does: `b` a u8, `H` a u16, `I` a u32. */
export function pack(bigEndian: boolean, format: string, ...values: number[]): Buffer {
  const sizes = [...format].map((letter) => SIZES[letter as keyof typeof SIZES]);
  const packed = Buffer.alloc(sizes.reduce((sum: number, size) => sum + size, 0));
  let at = 0;
  values.forEach((value, index) => {
    if (bigEndian) packed.writeUIntBE(value, at, sizes[index]);
    else packed.writeUIntLE(value, at, sizes[index]);
    at += sizes[index];
  });
  return packed;
}

/** A frame of `length` bytes that says which it is: no two of different `seed` are alike. */
export function frameOf(length: number, seed = 0): Buffer {
  const frame = Buffer.alloc(length);
  for (let at = 0; at < length; at++) frame[at] = at * 7 + seed * 13 + (at >> 8);
  return frame;
}

export const PCAP_MICRO = 0xa1b2c3d4;
export const PCAP_NANO = 0xa1b23c4d;
export const PCAP_PATCHED = 0xa1b2cd34;

export interface PcapOptions {
  magic?: number;
  bigEndian?: boolean;
  version?: [major: number, minor: number];
  snaplen?: number;
  linkType?: number;
}

/** A pcap record; `captured` and `original` may lie. */
export interface RecordOptions {
  captured?: number;
  original?: number;
}

/** Writes classic pcap. The order in which the two lengths stand is the caller's, by version. */
export class PcapWriter {
  private readonly parts: Buffer[] = [];
  private readonly big: boolean;
  private readonly patched: boolean;

  constructor(options: PcapOptions = {}) {
    const { magic = PCAP_MICRO, version = [2, 4], snaplen = 262_144, linkType = 1 } = options;
    this.big = options.bigEndian ?? false;
    this.patched = magic === PCAP_PATCHED;
    this.parts.push(pack(this.big, 'IHHIIII', magic, ...version, 0, 0, snaplen, linkType));
  }

  record(frame: Uint8Array, lengths: RecordOptions = {}): this {
    const { captured = frame.length, original = captured } = lengths;
    this.parts.push(pack(this.big, 'IIII', 1_700_000_000, 5, captured, original));
    if (this.patched) this.parts.push(pack(this.big, 'IHbb', 2, 0x0800, 0, 0));
    this.parts.push(Buffer.from(frame));
    return this;
  }

  bytes(): Buffer {
    return Buffer.concat(this.parts);
  }
}

/** Writes pcapng, block after block, in one byte order. */
export class PcapngWriter {
  private readonly parts: Buffer[] = [];

  constructor(readonly bigEndian = false) {}

  section(major = 1, minor = 0, options: Uint8Array = Buffer.alloc(0)): this {
    const fixed = pack(this.bigEndian, 'IHHII', 0x1a2b3c4d, major, minor, 0xffffffff, 0xffffffff);
    return this.block(0x0a0d0d0a, fixed, options);
  }

  interface(linkType = 1, snaplen = 0, options: Uint8Array = Buffer.alloc(0)): this {
    return this.block(1, pack(this.bigEndian, 'HHI', linkType, 0, snaplen), options);
  }

  enhanced(frame: Uint8Array, on = 0, lengths: RecordOptions = {}): this {
    const { captured = frame.length, original = captured } = lengths;
    return this.block(6, pack(this.bigEndian, 'IIIII', on, 6, 7, captured, original), frame);
  }

  simple(frame: Uint8Array, original = frame.length): this {
    return this.block(3, pack(this.bigEndian, 'I', original), frame);
  }

  obsolete(frame: Uint8Array, on = 0, lengths: RecordOptions = {}): this {
    const { captured = frame.length, original = captured } = lengths;
    return this.block(2, pack(this.bigEndian, 'HHIIII', on, 0, 6, 7, captured, original), frame);
  }

  /** Any block; the body is padded to four bytes, as every block's must be. */
  block(type: number, ...body: Uint8Array[]): this {
    const content = Buffer.concat(body);
    const padded = Buffer.concat([content, Buffer.alloc(-content.length & 3)]);
    const length = padded.length + 12;
    const ends = [pack(this.bigEndian, 'II', type, length), pack(this.bigEndian, 'I', length)];
    return this.raw(ends[0], padded, ends[1]);
  }

  raw(...bytes: Uint8Array[]): this {
    this.parts.push(...bytes.map((part) => Buffer.from(part)));
    return this;
  }

  option(code: number, value: Uint8Array, length = value.length): Buffer {
    const padding = Buffer.alloc(-value.length & 3);
    return Buffer.concat([pack(this.bigEndian, 'HH', code, length), value, padding]);
  }

  bytes(): Buffer {
    return Buffer.concat(this.parts);
  }
}
