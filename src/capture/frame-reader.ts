import type { ByteSource } from './byte-source.js';

/** What `next` returns when no frame follows. */
export const NO_FRAME = -1;

/** The one link type an Ethernet port can carry. */
export const LINKTYPE_ETHERNET = 1;

/** libpcap's MAXIMUM_SNAPLEN (pcap-int.h): what it takes for Ethernet where a file says nothing. */
export const MAXIMUM_SNAPLEN = 262_144;

/**
 * Reads one capture format frame by frame, and ends where libpcap would end: at the end of the
 * file, where the file is cut off, or at the first record libpcap will not read.
 */
export abstract class FrameReader {
  abstract readonly format: 'pcap' | 'pcapng';
  /** Where the frame that `next` has found begins in `source.bytes`; good until the next call. */
  frameAt = 0;
  /** Frames found so far. */
  frames = 0;
  /** The file ended before a record did, or at a damaged one. */
  truncated = false;
  /** What is wrong with the record at which reading ended, if it was not the file's end. */
  damage: string | undefined;

  constructor(readonly source: ByteSource) {}

  /** Captured bytes of the next frame, or NO_FRAME. Not to be called again after NO_FRAME. */
  abstract next(): number;

  protected found(at: number, length: number): number {
    this.frameAt = at;
    this.frames++;
    return length;
  }

  protected cutOff(): typeof NO_FRAME {
    this.truncated = true;
    return NO_FRAME;
  }

  protected damaged(reason: string): typeof NO_FRAME {
    this.damage = reason;
    return this.cutOff();
  }
}

/** The snapshot length libpcap works with (savefile.c, pcap_adjust_snapshot), for Ethernet. */
export function adjustSnapshot(length: number): number {
  return length === 0 || length > 0x7fffffff ? MAXIMUM_SNAPLEN : length;
}
