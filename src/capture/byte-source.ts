import { readSync } from 'node:fs';

const CHUNK = 1 << 20;

/**
 * A file read from its start to its end through one window, so that a capture of any size takes
 * a chunk of memory, or its largest record where that is larger.
 *
 *      bytes  [ already taken | at … end: read, not yet taken | room ]
 */
export class ByteSource {
  bytes = new Uint8Array(CHUNK);
  /** Where the first byte not yet taken lies in `bytes`. */
  at = 0;
  private view = new DataView(this.bytes.buffer);
  private end = 0;
  private ended = false;

  constructor(private readonly fd: number) {}

  /**
   * Makes the next `count` bytes lie in `bytes` from `at` on. Returns how many there are: fewer
   * only where the file ends before. May move `bytes` and `at`; throws node:fs's read errors.
   */
  want(count: number): number {
    if (this.end - this.at < count && !this.ended) this.fill(count);
    const here = this.end - this.at;
    return Math.min(here, count);
  }

  /** Takes `count` bytes that `want` has promised. */
  take(count: number): void {
    this.at += count;
  }

  u8(offset: number): number {
    return this.bytes[this.at + offset];
  }

  u16(offset: number, littleEndian: boolean): number {
    return this.view.getUint16(this.at + offset, littleEndian);
  }

  u32(offset: number, littleEndian: boolean): number {
    return this.view.getUint32(this.at + offset, littleEndian);
  }

  private fill(count: number): void {
    const rest = this.bytes.subarray(this.at, this.end);
    if (count > this.bytes.length) {
      this.bytes = new Uint8Array(count);
      this.view = new DataView(this.bytes.buffer);
    }
    this.bytes.set(rest);
    this.at = 0;
    this.end = rest.length;
    while (this.end < count && !this.ended) {
      const got = readSync(this.fd, this.bytes, this.end, this.bytes.length - this.end, null);
      this.ended = got === 0;
      this.end += got;
    }
  }
}
