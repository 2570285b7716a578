import { type LineRate, lineRates } from '../../bench/line-rates.js';
import type { Guide } from '../chart/chart.js';
import type { Result } from '../result-file.js';

/** Line rates at one frame size: those the bench recorded, else computed. */
export function ratesAt(results: readonly Result[], frameBytes: number | undefined): LineRate[] {
  const recorded = results.find(({ lines }) => lines.length > 0)?.lines ?? [];
  const fitting = recorded.filter(
    (line) => line.frameBytes === undefined || line.frameBytes === frameBytes,
  );
  if (fitting.length > 0) return fitting.map(({ name, gbps }) => ({ name, gbps }));
  if (frameBytes === undefined) return [];
  return lineRates(frameBytes);
}

/** Level lines from the first to the last x; of those above all that was measured the lowest. */
export function rateGuides(
  rates: readonly LineRate[],
  xs: readonly number[],
  highest: number,
): Guide[] {
  const [from, to] = [Math.min(...xs), Math.max(...xs)];
  const sorted = rates.toSorted((a, b) => a.gbps - b.gbps);
  const below = sorted.filter(({ gbps }) => gbps <= highest * 1.1);
  const shown = below.length > 0 ? below : sorted.slice(0, 1);
  return shown.map(({ name, gbps }) => ({
    label: name,
    points: [
      { x: from, y: gbps },
      { x: to, y: gbps },
    ],
  }));
}

/** Line rates over frame sizes; as many as `rateGuides` would show. */
export function rateCurves(sizes: readonly number[], highest: number): Guide[] {
  const guides = lineRates(sizes[0]).map(({ name }, i) => ({
    label: name,
    points: sizes.map((x) => ({ x, y: lineRates(x)[i].gbps })),
  }));
  const below = guides.filter(
    ({ points }) => Math.max(...points.map(({ y }) => y)) <= highest * 1.1,
  );
  return below.length > 0 ? below : guides.slice(0, 1);
}

export const LINE_RATE_NOTE =
  'Dashed: what an Ethernet link of that speed carries at this frame size, in frame bytes as DPDK ' +
  'counts them (without preamble, gap and check sequence, 24 bytes a frame).';
