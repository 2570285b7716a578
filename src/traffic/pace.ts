/** Frames go out in groups of at most this time's worth: what a NIC's arrivals look like from afar. */
const GROUP_US = 0.5;
/** Frames in one call at most. */
export const MOST = 32;

/**
 * How many frames are due: a bucket that fills with the time-stamp counter. What could not be sent
 * while the thread was away is due all the same, so the rate holds however long it was away.
 */
export class Pace {
  /** Frames that were due and were offered to the port. */
  offered = 0;
  private readonly group: number;

  /** `rate`: frames a cycle; absent: as many as there are. */
  constructor(
    private readonly start: number,
    private readonly rate?: number,
    cyclesPerUs = 1,
  ) {
    const group = rate === undefined ? 1 : Math.round(rate * cyclesPerUs * GROUP_US);
    this.group = Math.min(Math.max(group, 1), MOST);
  }

  /** Frames to offer now; less than a group waits until one is full. */
  due(tsc: number): number {
    if (this.rate === undefined) return MOST;
    const frames = Math.floor((tsc - this.start) * this.rate) - this.offered;
    return frames < this.group ? 0 : Math.min(frames, MOST);
  }
}
