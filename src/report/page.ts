import { NARROW, svgInPage, WIDE } from './chart/svg.js';
import type { Figure } from './figures/figure.js';
import type { Group } from './gather.js';
import { type Child, el, Markup } from './markup.js';
import { pageStyle } from './page-style.js';
import { commitPhrase, limits, machinePhrase } from './places.js';
import type { Result } from './result-file.js';
import { rowsTable } from './rows-table.js';
import { plural } from './words.js';

/** What one page says. */
export interface Page {
  title: string;
  /** The first paragraph, by sentences. */
  lead: readonly string[];
  parts: readonly Part[];
  results: readonly Result[];
  /** Of the warpline that wrote it. */
  version: string;
  date: string;
}

/** A section: a figure with its table, or the table of a bench that is not drawn. */
export interface Part {
  id: string;
  title: string;
  figure?: Figure;
  /** Rows for a table besides the figure's own: all of a bench's. */
  tables: { caption: string; rows: readonly object[] }[];
  group?: Group;
}

/** The page, whole: no script, nothing loaded. */
export function pageOf({ title, lead, parts, results, version, date }: Page): string {
  const links = parts.filter(({ figure }) => !figure?.folded);
  const page = el(
    'html',
    { lang: 'en' },
    el(
      'head',
      {},
      el('meta', { charset: 'utf-8' }),
      el('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
      el('meta', { name: 'color-scheme', content: 'light dark' }),
      el('title', {}, title),
      el('style', {}, new Markup(pageStyle)),
    ),
    el(
      'body',
      {},
      el('header', {}, el('h1', {}, title), el('p', { class: 'lead' }, lead.join(' '))),
      el(
        'nav',
        { 'aria-label': 'Contents' },
        el('ul', {}, [...links.map(link), results.length > 0 && link(FILES)]),
      ),
      el('main', {}, parts.map(section), results.length > 0 && files(results)),
      el('footer', {}, `Written by warpline ${version} report, ${date.slice(0, 10)}.`),
    ),
  );
  return `<!DOCTYPE html>\n${page.text}\n`;
}

const FILES = { id: 'files', title: 'Files, machines and commands' };

function link({ id, title }: { id: string; title: string }): Markup {
  return el('li', {}, el('a', { href: `#${id}` }, title));
}

function section(part: Part): Markup {
  const { id, title, figure } = part;
  const content: Child[] = [
    figure !== undefined && setting(figure.setting),
    figure !== undefined && drawn(figure),
    part.group !== undefined && figure === undefined && provenance(part.group),
    part.tables.map((table) => folded(table, figure === undefined)),
  ];
  if (!figure?.folded) {
    return el('section', { id, class: figure && 'drawn' }, el('h2', {}, title), content);
  }
  return el(
    'section',
    { id, class: 'more' },
    el('details', {}, el('summary', {}, el('h2', {}, title)), content),
  );
}

function setting(text: string): Markup | undefined {
  if (text === '') return undefined;
  return el('p', { class: 'setting' }, `${text[0].toUpperCase()}${text.slice(1)}.`);
}

/** The figure for a broad and for a narrow page; the style shows one of them. */
function drawn({ id, title, description, draw, caption, group }: Figure): Markup {
  const as = (kind: 'wide' | 'narrow', width: number) => {
    const about = { id: `${id}-${kind}`, title, description };
    return el('div', { class: kind }, svgInPage(draw, about, width));
  };
  return el(
    'figure',
    {},
    as('wide', WIDE),
    as('narrow', NARROW),
    el(
      'figcaption',
      {},
      caption.map((text) => el('p', {}, text)),
      group !== undefined && provenance(group),
    ),
  );
}

/** Which machine, commit, command; what was not there; what went wrong. */
function provenance(group: Group): Markup[] {
  const { machine, results, superseded } = group;
  const doubts = results.flatMap(({ file, interrupted, error, skipped }) => [
    ...(interrupted ? [`${file} was interrupted: only what was over by then counts.`] : []),
    ...(error === undefined ? [] : [`${file} ended early: ${error}`]),
    ...(skipped.length > 0 ? [`${file} left out ${plural(skipped.length, 'point')}.`] : []),
  ]);
  if (superseded > 0)
    doubts.push(`${plural(superseded, 'older row')} of the same points not shown.`);
  const sentences = [
    `${machinePhrase(machine)}; ${commitPhrase(results)}.`,
    limits(group),
    ...doubts,
  ].filter((text) => text !== '');
  const commands = [...new Set(results.map(({ command }) => command ?? 'command not recorded'))];
  return [el('p', {}, sentences.join(' ')), ...commands.map(commandLine)];
}

/** Broken between its words only: at the hyphens of an option a break would be misread. */
function commandLine(command: string): Markup {
  const words = command.split(/(\s+)/);
  const parts = words.map((word, i) => (i % 2 === 1 ? word : el('span', { class: 'token' }, word)));
  return el('pre', {}, parts);
}

function folded({ caption, rows }: Part['tables'][number], open: boolean): Markup | undefined {
  if (rows.length === 0) return undefined;
  const summary = el('summary', {}, `${caption}: ${plural(rows.length, 'row')}`);
  return el('details', { open: open && 'open' }, summary, rowsTable(rows, caption));
}

/** Every file that went in, by the machine it is of, with the command that wrote it. */
function files(results: readonly Result[]): Markup {
  const machines = new Map<string, Result[]>();
  for (const result of results) {
    const key = JSON.stringify(result.machine);
    machines.set(key, [...(machines.get(key) ?? []), result]);
  }
  return el(
    'section',
    { id: FILES.id, class: 'files' },
    el('h2', {}, FILES.title),
    [...machines.values()].map((own) => {
      const facts = Object.entries(own[0].machine).map(([name, value]) => `${name} ${value}`);
      return el(
        'div',
        {},
        el('h3', {}, machinePhrase(own[0].machine)),
        el('p', { class: 'setting' }, facts.join(', ')),
        own.map(fileOf),
      );
    }),
  );
}

function fileOf({ file, bench, version, commit, date, command, rows, skipped }: Result): Markup {
  const when = date?.replace(/:\d\d\.\d+Z$/, ' UTC').replace('T', ' ') ?? 'date not recorded';
  const facts = [bench, plural(rows.length, 'row'), when, `commit ${commit ?? 'not recorded'}`];
  const left = skipped.map(({ reason, ...point }) => {
    const where = Object.entries(point).map(([name, value]) => `${name} ${value}`);
    return el('li', {}, `left out: ${where.join(', ')}: ${reason ?? 'reason not recorded'}`);
  });
  return el(
    'div',
    { class: 'file' },
    el('strong', {}, file),
    el('p', {}, `${facts.join(', ')}, warpline ${version ?? 'version not recorded'}`),
    commandLine(command ?? 'command not recorded'),
    left.length > 0 && el('ul', {}, left),
  );
}
