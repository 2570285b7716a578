import { lineRateMpps } from '../bench/line-rates.js';
import { TRUE_RATE } from '../bench/rate-search.js';
import { NOTED } from '../bench/spread.js';
import { crossovers, place } from './figures/work.js';
import { type Group, gather } from './gather.js';
import { hostsOf, shortName } from './places.js';
import type { Result, Row } from './result-file.js';
import type { Trace } from './trace-file.js';
import { figure, listed, percent, phrases, plural } from './words.js';

/**
 * How the page opens: where, what, and what came out, all of it taken from the rows; of rows in
 * doubt (repeats far apart, crowded, frames lost) nothing is said here.
 */
export function opening(results: readonly Result[], traces: readonly Trace[]): string[] {
  const groups = gather(results);
  const places = hostsOf(groups.map(({ machine }) => machine));
  const found = (bench: string, say: (group: Group) => string | undefined) =>
    ofDevices(groups.filter((group) => group.bench === bench)).flatMap((group) => {
      const said = say(group);
      // Whose figure it is matters where there are several machines.
      const where = places.length > 1 ? ` on ${shortName(group.machine)}` : '';
      return said === undefined ? [] : `${said}${where}`;
    });
  const rates = ['figure14', 'methods', 'figure13'].map((bench) => found(bench, fastest));
  const onCpu = found('cpu', againstTestpmd);
  const first = rates.find((said) => said.length > 0) ?? onCpu;
  const more = [
    ...found('work', overtaken),
    ...found('zero-loss', leastShare),
    ...found('zero-loss', held),
    ...found('latency', quickest),
  ];
  const rest = more.length > 0 || first === onCpu ? more : onCpu;
  return [...where(places), what(results, traces), sentence(first), sentence(rest)].filter(
    (text) => text !== '',
  );
}

/** Without the software device where there is another: it is no measure of one. */
function ofDevices(groups: Group[]): Group[] {
  const devices = groups.filter(({ machine }) => machine.device !== 'software');
  return devices.length > 0 ? devices : groups;
}

function sentence(clauses: readonly string[]): string {
  const text = clauses.join('; ');
  return text === '' ? '' : `${text[0].toUpperCase()}${text.slice(1)}.`;
}

function where(places: readonly string[]): string[] {
  if (places.length === 0) return [];
  if (places.length === 1) return [`Measured on ${places[0]}.`];
  return [`Measured on ${plural(places.length, 'machine')}: ${places.join('; ')}.`];
}

const NAMES: Record<string, string> = { start: 'npm start' };

/** `Drawn from 319 rows of figure14 and work; warpline at COMMIT.` */
function what(results: readonly Result[], traces: readonly Trace[]): string {
  const benches = [...new Set(results.map(({ bench }) => NAMES[bench] ?? bench))];
  const rows = results.reduce((sum, one) => sum + one.rows.length, 0);
  const parts = [
    ...(benches.length > 0 ? [`${plural(rows, 'row')} of ${listed(benches)}`] : []),
    ...(traces.length > 0 ? [plural(traces.length, 'trace')] : []),
  ];
  const commits = [...new Set(results.flatMap(({ commit }) => commit ?? []))];
  const named = commits.length > 3 ? plural(commits.length, 'commit') : listed(commits);
  return `Drawn from ${parts.join(' and ')}${named === '' ? '' : `; warpline at ${named}`}.`;
}

const SETTING = ['memory', 'frameBytes', 'burst', 'pipelines', 'timeoutUs'];
const BRIEFLY = ['memory', 'burst'];

/** The highest rate that every repeat had; of a GPU method where there is one. */
function fastest({ bench, rows }: Group): string | undefined {
  const roomy = rows.filter(({ crowded }) => !crowded);
  const gpu = roomy.filter(isOfGpu);
  const eligible = gpu.length > 0 ? gpu : roomy;
  const best = top(eligible, ({ mpps, mppsMin = mpps }) => mppsMin);
  if (!best?.mpps) return undefined;
  const least = best.mppsMin ?? best.mpps;
  const never = (best.spread ?? 0) > NOTED ? `, never less than ${figure(least)}` : '';
  const rate = `${figure(best.mpps)} Mpps${never}`;
  const also = !best.gbps ? '' : ` (${figure(best.gbps)} Gbit/s)`;
  const who = gpu.length > 0 ? 'the fastest GPU method' : 'the fastest';
  const by = best.method === undefined ? '' : ` ${best.method},`;
  return `in ${bench} ${who},${by} forwards ${rate}${also}: ${phrases(best, SETTING)}`;
}

function overtaken({ rows }: Group): string | undefined {
  // Repeats that lie far apart are reckoned with: a crossover has a clear lead on either side.
  const [first] = crossovers(rows.filter(({ crowded }) => !crowded)).filter(
    ({ of }) => of === 'cpu',
  );
  if (first === undefined) return undefined;
  const at = `from about ${place(first)} of work per packet on`;
  return `the GPU overtakes one CPU core ${at} (${first.by}, ${phrases({ ...first }, BRIEFLY)})`;
}

function leastShare({ rows }: Group): string | undefined {
  const shares = rows
    .filter((row) => isSure(row) && row.lineRateGbps === undefined)
    .flatMap((row) =>
      typeof row.zeroLossMpps === 'number' && row.peakMpps
        ? { row, share: row.zeroLossMpps / row.peakMpps }
        : [],
    );
  const [least] = shares.toSorted((a, b) => a.share - b.share);
  if (least === undefined) return undefined;
  const of = `${least.row.method}, ${phrases(least.row, BRIEFLY)}`;
  return `without loss each method reaches at least ${percent(least.share)} of its peak (${of})`;
}

/** The fastest link that a GPU method fills without a loss, and those that do. */
function held({ rows }: Group): string | undefined {
  const full = rows.filter((row) => isOfGpu(row) && !row.crowded && fillsLink(row));
  const best = top(full, ({ lineRateGbps }) => lineRateGbps);
  if (best === undefined) return undefined;
  const alike = full.filter(
    ({ lineRateGbps, frameBytes }) =>
      lineRateGbps === best.lineRateGbps && frameBytes === best.frameBytes,
  );
  const who = [...new Set(alike.flatMap(({ method }) => method ?? []))];
  const verb = who.length === 1 ? 'fills' : 'fill';
  return `${listed(who)} ${verb} ${phrases(best, ['lineRateGbps', 'frameBytes'])}, without loss`;
}

function fillsLink({ lineRateGbps, frameBytes, zeroLossMpps }: Row): boolean {
  if (lineRateGbps === undefined || frameBytes === undefined) return false;
  return (zeroLossMpps ?? 0) >= TRUE_RATE * lineRateMpps(lineRateGbps, frameBytes);
}

function quickest({ rows }: Group): string | undefined {
  const gpu = rows.filter((row) => isSure(row) && isOfGpu(row));
  const half = gpu.filter(({ load, lost }) => load === 0.5 && !lost);
  const best = top(half, ({ latencyP99Us }) => latencyP99Us && -latencyP99Us);
  if (!best?.latencyP99Us || !best.latencyP50Us) return undefined;
  const times = `${figure(best.latencyP50Us)} µs in the median, ${figure(best.latencyP99Us)} µs at the 99th percentile`;
  const of = `${best.method}, ${phrases(best, BRIEFLY)}`;
  return `at half its peak the quickest GPU method takes ${times} (${of})`;
}

function againstTestpmd({ rows }: Group): string | undefined {
  const each = rows.flatMap(({ ratio, work }) =>
    !ratio ? [] : `${ratio.toFixed(2)} times (${work})`,
  );
  if (each.length === 0) return undefined;
  return `on one CPU core warpline forwards ${listed(each)} what dpdk-testpmd does`;
}

/** The row with the most of it. */
function top(rows: readonly Row[], value: (row: Row) => number | null | undefined) {
  const known = rows.filter((row) => typeof value(row) === 'number');
  return known.toSorted((a, b) => (value(b) ?? 0) - (value(a) ?? 0))[0] as Row | undefined;
}

function isOfGpu({ method }: Row): boolean {
  return method !== 'io' && method !== 'cpu';
}

function isSure({ spread = 0, crowded = false }: Row): boolean {
  return spread <= NOTED && !crowded;
}
