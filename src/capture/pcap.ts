import { fail } from '../errors.js';
import type { ByteSource } from './byte-source.js';
import {
  adjustSnapshot,
  FrameReader,
  LINKTYPE_ETHERNET,
  MAXIMUM_SNAPLEN,
  NO_FRAME,
} from './frame-reader.js';
import { linkTypeName } from './link-types.js';

const MICROSECONDS = 0xa1b2c3d4;
const NANOSECONDS = 0xa1b23c4d;
/** Alexey Kuznetzov's patched libpcap: records carry 8 bytes more. */
const PATCHED = 0xa1b2cd34;

const FILE_HEADER = 24;
const RECORD_HEADER = 16;
const PATCHED_RECORD_HEADER = 24;
/** A patched capture may hold an Ethernet header made up on top of its snapshot length. */
const MADE_UP_HEADER = 14;

type LengthOrder = 'captured first' | 'original first' | 'smaller is captured';

/**
 * Classic pcap, read as libpcap 1.10's sf-pcap.c reads it.
 *
 *      file    magic u32 │ major u16 │ minor u16 │ 0 u32 │ 0 u32 │ snaplen u32 │ link type u32
 *      record  seconds u32 │ fraction u32 │ captured u32 │ original u32 │ (patched: 8 B) │ frame
 */
export class PcapReader extends FrameReader {
  readonly format = 'pcap';
  private readonly littleEndian: boolean;
  private readonly order: LengthOrder;
  private readonly header: number;
  private readonly snapshot: number;
  private record = 0;

  /** Whether the file starts with one of the three magics, in either byte order. */
  static matches(source: ByteSource): boolean {
    return source.want(4) === 4 && (isMagic(source.u32(0, true)) || isMagic(source.u32(0, false)));
  }

  /**
   * @throws INPUT_NOT_CAPTURE, INPUT_UNSUPPORTED, INPUT_LINK_TYPE for what libpcap would not
   *   open, or would open as something other than Ethernet.
   */
  constructor(source: ByteSource, file: string) {
    super(source);
    const bytes = source.want(FILE_HEADER);
    if (bytes < FILE_HEADER) {
      fail('INPUT_NOT_CAPTURE', {
        file,
        reason: `it ends inside its pcap file header, after ${bytes} of ${FILE_HEADER} bytes`,
      });
    }
    this.littleEndian = isMagic(source.u32(0, true));
    const magic = source.u32(0, this.littleEndian);
    this.order = lengthOrder(
      file,
      source.u16(4, this.littleEndian),
      source.u16(6, this.littleEndian),
    );
    // The upper six bits say how long the frame check sequence is (sf-pcap.c, LT_LINKTYPE).
    const linkType = source.u32(20, this.littleEndian) & 0x03ffffff;
    if (linkType !== LINKTYPE_ETHERNET) {
      fail('INPUT_LINK_TYPE', { file, linkType: linkTypeName(linkType), number: linkType });
    }
    const snapshot = adjustSnapshot(source.u32(16, this.littleEndian));
    const patched = magic === PATCHED;
    this.snapshot = patched ? Math.min(snapshot + MADE_UP_HEADER, 0x7fffffff) : snapshot;
    this.header = patched ? PATCHED_RECORD_HEADER : RECORD_HEADER;
    this.record = FILE_HEADER;
  }

  next(): number {
    const { source, header, littleEndian } = this;
    source.take(this.record);
    this.record = 0;
    const bytes = source.want(header);
    if (bytes < header) return bytes === 0 ? NO_FRAME : this.cutOff();
    const first = source.u32(8, littleEndian);
    const second = source.u32(12, littleEndian);
    const swapped =
      this.order === 'original first' || (this.order === 'smaller is captured' && first > second);
    const captured = swapped ? second : first;
    if (captured > MAXIMUM_SNAPLEN) {
      return this.damaged(
        `the record of frame ${this.frames + 1} claims ${captured} captured bytes, ` +
          `more than the ${MAXIMUM_SNAPLEN} there can be`,
      );
    }
    if (source.want(header + captured) < header + captured) return this.cutOff();
    this.record = header + captured;
    // libpcap hands out no more than the snapshot length and drops the rest of the record.
    return this.found(source.at + header, Math.min(captured, this.snapshot));
  }
}

function isMagic(word: number): boolean {
  return word === MICROSECONDS || word === NANOSECONDS || word === PATCHED;
}

/**
 * The lengths changed places with version 2.3, and some writers of 2.3 had not noticed;
 * 543.0 is DG/UX's tcpdump, with the old order (sf-pcap.c, pcap_check_header).
 */
function lengthOrder(file: string, major: number, minor: number): LengthOrder {
  if (major === 2 && minor <= 4) {
    if (minor === 4) return 'captured first';
    return minor === 3 ? 'smaller is captured' : 'original first';
  }
  if (major === 543 && minor === 0) return 'original first';
  return fail('INPUT_UNSUPPORTED', {
    file,
    reason: `it is in pcap version ${major}.${minor}, and libpcap reads 2.0 to 2.4`,
    advice: 'Write it anew in a current format, for example with "editcap -F pcap"',
  });
}
