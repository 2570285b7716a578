import { version } from '../version.js';
import { svgFile } from './chart/svg.js';
import type { Figure } from './figures/figure.js';
import { figuresFor } from './figures/table.js';
import { timeline } from './figures/timeline.js';
import { BENCHES, type Group, gather } from './gather.js';
import { opening } from './headlines.js';
import { type Part, pageOf } from './page.js';
import { commitPhrase, limits, machinePhrase } from './places.js';
import type { Result } from './result-file.js';
import type { Trace } from './trace-file.js';

/** A report: the page, and its figures as files of their own by name. */
export interface Report {
  page: string;
  svgs: Map<string, string>;
}

/** Makes the report of these results and traces. */
export function makeReport(inputs: readonly (Result | Trace)[], date = new Date()): Report {
  const results = inputs.filter((input): input is Result => 'rows' in input);
  const traces = inputs.filter((input): input is Trace => 'tracks' in input);
  const parts = [...partsOf(results), ...traces.map(timeline).map(tracePart)];
  const page = pageOf({
    title: 'warpline: measurements',
    lead: opening(results, traces),
    parts,
    results,
    version,
    date: date.toISOString(),
  });
  const drawn = parts.flatMap(({ figure }) => figure ?? []);
  return { page, svgs: new Map(drawn.map((figure) => [`${figure.id}.svg`, fileOf(figure)])) };
}

function tracePart(figure: Figure): Part {
  return { id: figure.id, title: figure.title, figure, tables: [] };
}

/** A part for each figure; the rows that no figure shows, and the floor, as tables. */
function partsOf(results: readonly Result[]): Part[] {
  // What other parts of the page are called, once more than there are.
  const used = new Map([
    ['files', 1],
    ['timeline', 1],
  ]);
  const groups = gather(results);
  return groups.flatMap((group) => {
    const figures = figuresFor(group.bench)(group);
    // The same figure of a second machine.
    const name = (id: string) => {
      const n = (used.get(id) ?? 0) + 1;
      used.set(id, n);
      return n === 1 ? id : `${id}-machine-${n}`;
    };
    const several = groups.some((other) => other !== group && other.bench === group.bench);
    const where = several ? ` (${machinePhrase(group.machine)})` : '';
    const parts = figures.map((figure): Part => {
      const id = name(figure.id);
      const tables = [{ caption: 'The rows of this figure', rows: figure.rows }];
      return { id, title: `${figure.title}${where}`, figure: { ...figure, id }, tables };
    });
    const rest = restOf(group, figures);
    if (parts.length > 0 && rest.length > 0) parts[parts.length - 1].tables.push(...rest);
    if (parts.length > 0) return parts;
    return [
      {
        id: name(slug(group.bench)),
        title: `${titleOf(group.bench)}${where}`,
        tables: rest,
        group,
      },
    ];
  });
}

function restOf(group: Group, figures: readonly Figure[]): Part['tables'] {
  const shown = new Set(figures.flatMap(({ rows }) => rows));
  const rest = group.rows.filter((row) => !shown.has(row));
  const caption = figures.length > 0 ? 'Rows that are not drawn' : 'Rows';
  const floor = group.results.find((result) => result.floor.length > 0)?.floor ?? [];
  return [
    { caption, rows: rest },
    { caption: 'The floor: what the device and its driver do alone', rows: floor },
  ].filter(({ rows }) => rows.length > 0);
}

const TITLES: Record<string, string> = {
  'back-to-back': 'Back to back with dpdk-testpmd',
  l2fwd: 'Runs of l2fwd',
};

function titleOf(bench: string): string {
  const known = BENCHES.some((name) => name === bench);
  return TITLES[bench] ?? (known ? `bench ${bench}` : bench);
}

function slug(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, '-') || 'bench';
}

function fileOf(figure: Figure): string {
  const { id, title, description, draw, setting, group, origin = '' } = figure;
  const subtitle =
    group === undefined ? setting : `${setting}${setting && '; '}${machinePhrase(group.machine)}`;
  const footer =
    group === undefined
      ? origin
      : `${limits(group)} warpline, ${commitPhrase(group.results)}.`.trim();
  return svgFile(draw, { id, title, description }, subtitle, footer);
}
