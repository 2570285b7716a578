/** Which parts of [0, size) are free: first fit, neighbours join again. Units are the caller's. */
export class FreeList {
  /** Free ranges in order: start and end of each. */
  private free: { start: number; end: number }[];
  private readonly used = new Map<number, number>();
  private left: number;

  constructor(readonly size: number) {
    this.free = [{ start: 0, end: size }];
    this.left = size;
  }

  /** How much is free, over all ranges. */
  get available(): number {
    return this.left;
  }

  /**
   * Start of `length` free units at a multiple of `align`; undefined when there is no such place.
   */
  take(length: number, align: number): number | undefined {
    for (let i = 0; i < this.free.length; i++) {
      const { start, end } = this.free[i];
      const at = Math.ceil(start / align) * align;
      if (at + length > end) continue;
      const rest = [
        { start, end: at },
        { start: at + length, end },
      ].filter((range) => range.end > range.start);
      this.free.splice(i, 1, ...rest);
      this.used.set(at, length);
      this.left -= length;
      return at;
    }
    return undefined;
  }

  /** Gives back what `take` gave; returns its length, undefined when nothing taken starts there. */
  give(start: number): number | undefined {
    const length = this.used.get(start);
    if (length === undefined) return undefined;
    this.used.delete(start);
    this.left += length;
    let from = start;
    let to = start + length;
    const next = this.free.findIndex((range) => range.start > start);
    const at = next < 0 ? this.free.length : next;
    let drop = 0;
    if (at < this.free.length && this.free[at].start === to) {
      to = this.free[at].end;
      drop++;
    }
    const before = at > 0 && this.free[at - 1].end === from ? 1 : 0;
    if (before) from = this.free[at - 1].start;
    this.free.splice(at - before, drop + before, { start: from, end: to });
    return length;
  }
}
