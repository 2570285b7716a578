/** A line rate to draw into the figure, in Gbit/s of frame bytes. */
export interface LineRate {
  name: string;
  gbps: number;
}

/** Preamble and start delimiter, and the gap between frames (IEEE 802.3, 4.2.3.2 and 4.4.2). */
const AROUND_BYTES = 8 + 12;
/** The frame check sequence: on the wire, but not among DPDK's frame bytes, so not among ours. */
const FCS_BYTES = 4;

/** Mpps of frames of that length, as this program counts their bytes, that a link of `gbps` Gbit/s carries. */
export function lineRateMpps(gbps: number, frameBytes: number): number {
  return (gbps * 1000) / (8 * (frameBytes + FCS_BYTES + AROUND_BYTES));
}

/** Gbit/s of frame bytes. */
export function gbpsOf(mpps: number, frameBytes: number): number {
  return (mpps * 8 * frameBytes) / 1000;
}

/** What an Ethernet can carry of frames of that length. */
export function lineRates(frameBytes: number): LineRate[] {
  return [100, 200, 400].map((rate) => ({
    name: `${rate} GbE`,
    gbps: gbpsOf(lineRateMpps(rate, frameBytes), frameBytes),
  }));
}
