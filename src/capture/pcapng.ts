import { fail } from '../errors.js';
import type { ByteSource } from './byte-source.js';
import { adjustSnapshot, FrameReader, LINKTYPE_ETHERNET, NO_FRAME } from './frame-reader.js';
import { interfaceOptionsFault } from './interface-options.js';
import { linkTypeName } from './link-types.js';

const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE = 1;
const PACKET = 2;
const SIMPLE_PACKET = 3;
const ENHANCED_PACKET = 6;

const BYTE_ORDER = 0x1a2b3c4d;
const BLOCK_HEADER = 8;
const SMALLEST_BLOCK = 12;
const SMALLEST_SECTION = 28;
/** libpcap's limits (sf-pcapng.c): BT_SHB_INSANE_MAX and INITIAL_MAX_BLOCKSIZE. */
const LARGEST_FIRST_SECTION = 1 << 20;
const LARGEST_BLOCK = 16 << 20;

/**
 * pcapng, read as libpcap 1.10's sf-pcapng.c reads it: blocks it does not know are skipped, and
 * every interface of every section must be like the first.
 *
 *      block  type u32 │ length u32 │ body, padded to 4 │ length u32
 *      SHB    byte order u32 │ major u16 │ minor u16 │ section length u64 │ options
 *      IDB    link type u16 │ 0 u16 │ snaplen u32 │ options
 *      EPB    interface u32 │ time 2 × u32 │ captured u32 │ original u32 │ frame │ options
 *      SPB    original u32 │ frame
 *      PB     as EPB, but interface u16 │ drops u16
 */
export class PcapngReader extends FrameReader {
  readonly format = 'pcapng';
  private readonly littleEndian: boolean;
  private readonly snapshot: number;
  private interfaces = 0;
  /** Length of the block at `source.at`, and what it is. */
  private block = 0;
  private type = 0;

  /** Whether the file starts with a section header; a text file may start with its type alone. */
  static matches(source: ByteSource): boolean {
    return (
      source.want(SMALLEST_BLOCK) === SMALLEST_BLOCK &&
      source.u32(0, true) === SECTION_HEADER &&
      (source.u32(8, true) === BYTE_ORDER || source.u32(8, false) === BYTE_ORDER)
    );
  }

  /**
   * Reads up to the first interface, which says what the frames are.
   * @throws INPUT_NOT_CAPTURE, INPUT_UNSUPPORTED, INPUT_LINK_TYPE for what libpcap would not
   *   open, or would open as something other than Ethernet.
   */
  constructor(
    source: ByteSource,
    private readonly file: string,
  ) {
    super(source);
    this.littleEndian = source.u32(8, true) === BYTE_ORDER;
    this.readFirstSection();
    while (this.readBlock() && this.type !== INTERFACE) {
      if (this.type === ENHANCED_PACKET || this.type === SIMPLE_PACKET || this.type === PACKET) {
        this.notCapture('a packet comes before the first interface is described');
      }
    }
    if (this.damage !== undefined) this.notCapture(this.damage);
    if (this.block === 0) {
      this.notCapture(
        this.truncated ? 'it ends before its first interface' : 'it describes no interface',
      );
    }
    const fault = this.interfaceFault();
    if (fault !== undefined) this.notCapture(fault);
    const linkType = this.u16(BLOCK_HEADER);
    if (linkType !== LINKTYPE_ETHERNET) {
      fail('INPUT_LINK_TYPE', { file, linkType: linkTypeName(linkType), number: linkType });
    }
    this.snapshot = adjustSnapshot(this.u32(BLOCK_HEADER + 4));
    this.interfaces = 1;
  }

  next(): number {
    while (this.readBlock()) {
      switch (this.type) {
        case ENHANCED_PACKET:
          if (this.bodyBytes() < 20) return this.tooShort();
          return this.frame(this.u32(8), this.u32(20), 28);
        case PACKET:
          if (this.bodyBytes() < 20) return this.tooShort();
          return this.frame(this.u16(8), this.u32(20), 28);
        case SIMPLE_PACKET:
          if (this.bodyBytes() < 4) return this.tooShort();
          // Its captured length is not written down: the snapshot length cuts the original.
          return this.frame(0, Math.min(this.u32(8), this.snapshot), 12);
        case INTERFACE: {
          const fault = this.furtherInterfaceFault();
          if (fault !== undefined) return this.damaged(fault);
          this.interfaces++;
          break;
        }
        case SECTION_HEADER: {
          const fault = this.furtherSectionFault();
          if (fault !== undefined) return this.damaged(fault);
          this.interfaces = 0;
          break;
        }
      }
    }
    return NO_FRAME;
  }

  private frame(onInterface: number, captured: number, at: number): number {
    const which = `the packet of frame ${this.frames + 1}`;
    if (onInterface >= this.interfaces) {
      return this.damaged(`${which} is from interface ${onInterface}, which is not described`);
    }
    if (captured > this.snapshot) {
      return this.damaged(
        `${which} has ${captured} captured bytes, more than the snapshot length ${this.snapshot}`,
      );
    }
    if (captured > this.block - 4 - at) return this.tooShort();
    return this.found(this.source.at + at, captured);
  }

  /** The first section header is read by rules of its own: its closing length is not looked at. */
  private readFirstSection(): void {
    const length = this.u32(4);
    if (length < SMALLEST_SECTION || length > LARGEST_FIRST_SECTION) {
      this.notCapture(`its section header claims a length of ${length} bytes`);
    }
    if (this.source.want(length) < length) this.notCapture('it ends inside its section header');
    const major = this.u16(12);
    const minor = this.u16(14);
    if (major !== 1 || (minor !== 0 && minor !== 2)) this.unsupportedVersion(`${major}.${minor}`);
    this.block = length;
  }

  /** Goes on to the next block and has it whole in the source; false where there is none. */
  private readBlock(): boolean {
    const { source } = this;
    source.take(this.block);
    this.block = 0;
    const bytes = source.want(SMALLEST_BLOCK);
    if (bytes < BLOCK_HEADER) {
      if (bytes > 0) this.cutOff();
      return false;
    }
    this.type = this.u32(0);
    const length = this.u32(4);
    if (this.type === SECTION_HEADER && bytes === SMALLEST_BLOCK) this.refuseOtherByteOrder();
    if (length < SMALLEST_BLOCK || length % 4 !== 0 || length > LARGEST_BLOCK) {
      this.damaged(`the block behind frame ${this.frames} claims a length of ${length} bytes`);
      return false;
    }
    if (source.want(length) < length) {
      this.cutOff();
      return false;
    }
    if (this.u32(length - 4) !== length) {
      this.damaged(`the block behind frame ${this.frames} has two different lengths`);
      return false;
    }
    this.block = length;
    return true;
  }

  private interfaceFault(): string | undefined {
    if (this.bodyBytes() < 8) return 'the description of an interface is too short';
    return interfaceOptionsFault(this.source, BLOCK_HEADER + 8, this.block - 4, this.littleEndian);
  }

  private furtherInterfaceFault(): string | undefined {
    if (this.bodyBytes() < 8) return 'the description of an interface is too short';
    const linkType = this.u16(BLOCK_HEADER);
    if (linkType !== LINKTYPE_ETHERNET) {
      this.unsupported(
        `its interfaces differ: one is ${linkTypeName(linkType)}, not Ethernet like the first`,
        'Save the frames of the Ethernet interfaces to a capture of their own',
      );
    }
    const snapshot = adjustSnapshot(this.u32(BLOCK_HEADER + 4));
    if (snapshot !== this.snapshot) {
      this.unsupported(
        `its interfaces have the snapshot lengths ${this.snapshot} and ${snapshot}, ` +
          'and libpcap reads only captures where they are equal',
      );
    }
    return this.interfaceFault();
  }

  private furtherSectionFault(): string | undefined {
    if (this.bodyBytes() < 16) return 'a section header is too short';
    if (this.u32(8) !== BYTE_ORDER) return 'a section header has no byte order';
    if (this.u16(12) !== 1) this.unsupportedVersion(`${this.u16(12)}.${this.u16(14)}`);
    return undefined;
  }

  private refuseOtherByteOrder(): void {
    if (this.source.u32(8, !this.littleEndian) !== BYTE_ORDER) return;
    this.unsupported('it has sections of different byte order, which libpcap does not read');
  }

  private bodyBytes(): number {
    return this.block - SMALLEST_BLOCK;
  }

  private u16(offset: number): number {
    return this.source.u16(offset, this.littleEndian);
  }

  private u32(offset: number): number {
    return this.source.u32(offset, this.littleEndian);
  }

  private tooShort(): number {
    return this.damaged(`the block of frame ${this.frames + 1} is too short for its packet`);
  }

  private notCapture(reason: string): never {
    fail('INPUT_NOT_CAPTURE', { file: this.file, reason });
  }

  private unsupportedVersion(version: string): never {
    this.unsupported(`a section is in pcapng version ${version}, and libpcap reads 1.0 and 1.2`);
  }

  private unsupported(reason: string, advice = rewrite): never {
    fail('INPUT_UNSUPPORTED', { file: this.file, reason, advice });
  }
}

const rewrite = 'Write it anew as one plain pcap, for example with "editcap -F pcap"';
