import { matrix } from './bench-matrix.js';
import { type SweepLike, sweepTable } from './sweep-command.js';

/** What rows of rates may vary (src/bench/peak-bench.ts), in the order of columns. */
const VARIED = ['method', 'memory', 'frameBytes', 'burst', 'pipelines', 'packetTimeNs'];

const UNITS = { mpps: 'Mpps', gbps: 'Gbit/s of frame bytes' };

/**
 * A report of rates for people: its rows, then one rate of all of them over what the bench is about,
 * so that they can be compared; `last` are lines to compare them with, `more` what follows.
 */
export function peakTable(
  report: SweepLike,
  across: string,
  rate: keyof typeof UNITS,
  last: readonly { name: string; value: number }[] = [],
  more = '',
): string {
  const { rows } = report;
  const heading = `\n${UNITS[rate]} by ${across}:\n`;
  const compared = rows.length === 0 ? '' : heading + matrix(rows, across, rate, VARIED, last);
  return sweepTable(report, ['items', 'gbpsMin', 'gbpsMax'], compared + more);
}
