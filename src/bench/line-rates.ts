/** A line rate to draw into the figure, in Gbit/s of frame bytes. */
export interface LineRate {
  name: string;
  gbps: number;
}

/** Preamble and start delimiter, and the gap between frames (IEEE 802.3, 4.2.3.2 and 4.4.2). */
const AROUND_BYTES = 8 + 12;
/** The frame check sequence: on the wire, but not among DPDK's frame bytes, so not among ours. */
const FCS_BYTES = 4;

/** What an Ethernet can carry of frames of that length, as this program counts their bytes. */
export function lineRates(frameBytes: number): LineRate[] {
  const share = frameBytes / (frameBytes + FCS_BYTES + AROUND_BYTES);
  return [100, 200, 400].map((rate) => ({ name: `${rate} GbE`, gbps: rate * share }));
}
