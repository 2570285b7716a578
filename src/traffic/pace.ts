/** Frames go out in groups of at most this time's worth: what a NIC's arrivals look like from afar. */
const GROUP_US = 0.5;
/** Frames in one call at most. */
export const MOST = 32;

/**
 * How many frames are due: a bucket that fills with the time-stamp counter. What became due while the
 * thread was away is due all the same, so the rate holds; but no more than the bucket holds: a burst
 * that the ring has no room for would be the source's loss, not that of who forwards.
 */
export class Pace {
  /** Frames that were due and were offered to the port. */
  offered = 0;
  private readonly group: number;
  /** When frames began to be due: later by the time that nothing makes up for. */
  private start: number;

  /** `rate`: frames a cycle; absent: as many as there are. `bucket`: frames due at once at most. */
  constructor(
    start: number,
    private readonly rate?: number,
    cyclesPerUs = 1,
    private readonly bucket = Number.POSITIVE_INFINITY,
  ) {
    this.start = start;
    const group = rate === undefined ? 1 : Math.round(rate * cyclesPerUs * GROUP_US);
    this.group = Math.min(Math.max(group, 1), MOST);
  }

  /** Frames to offer now; less than a group waits until one is full. */
  due(tsc: number): number {
    if (this.rate === undefined) return MOST;
    const frames = Math.floor((tsc - this.start) * this.rate) - this.offered;
    // Each time, though it is rarely more than 0: a first time would be new to V8 (lcore/idle.ts, rehearse).
    this.start += Math.max(frames - this.bucket, 0) / this.rate;
    return frames < this.group ? 0 : Math.min(frames, MOST);
  }
}
