import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { type OptionDeclaration, text } from '../apps/option.js';
import type { SweepHooks } from '../bench/sweep.js';
import { fail } from '../errors.js';
import { type BenchReport, benchTable, rowsTable } from './bench-table.js';
import { addExamples, addOptions, commandLine, givenOptions, makeCommand } from './command.js';
import { jsonOption } from './json-output.js';
import { checkOutputFile } from './output-file.js';
import { RunFailed } from './run-failed.js';
import type { Shell } from './shell.js';

/** What such a bench reports, as far as it matters here (src/bench/sweep-report.ts). */
export interface SweepLike extends BenchReport {
  rows: { checked?: number; wrong?: number; crowded?: true }[];
  skipped: { reason: string }[];
  interrupted?: true;
  error?: { code: string; message: string };
}

/** The options every such bench has. */
interface Common {
  json?: boolean;
  out?: string;
}

/** A bench that sweeps, as a command; `Given` is what its options give. */
export interface SweepCommand<Given, Asked, Report extends SweepLike> {
  name: string;
  summary: string;
  /** Its options; `--json` and `--out` come with them. */
  options: readonly OptionDeclaration[];
  examples: [string, string][];
  /** What the bench is asked to do, by what was given. */
  asked(given: Partial<Given>): Asked;
  /** The bench, or a test's stand-in. */
  run(asked: Asked, hooks: SweepHooks<Report>): Promise<Report>;
  /** The report for people. */
  table(report: Report): string;
}

const common: readonly OptionDeclaration[] = [
  jsonOption,
  {
    name: 'out',
    metavar: 'FILE',
    help: 'the JSON into a file as well, brought up to date after each round',
    type: text('the name of a file'),
  },
];

/** Progress and time left on standard error; the first Ctrl-C ends it, with what is done. */
export function sweepCommand<Given extends object, Asked, Report extends SweepLike>(
  shell: Shell,
  bench: SweepCommand<Given, Asked, Report>,
): Command {
  const command = makeCommand(bench.name, bench.summary, shell);
  const options = [...bench.options, ...common];
  addOptions(command, options);
  addExamples(command, bench.examples);
  return command.action(async () => {
    const given = givenOptions(command, options) as Partial<Given> & Common;
    const { json = false, out, ...rest } = given;
    if (out !== undefined) checkOutputFile(out, undefined);
    const asked = bench.asked(rest as Partial<Given>);
    const report = await bench.run(asked, {
      stop: shell.stop,
      progress: (line) => shell.err(`${line}\n`),
      save: (now) => save(now, out),
      command: commandLine(command),
    });
    save(report, out);
    shell.out(json ? asJson(report) : bench.table(report));
    judge(report);
  });
}

/** The rows, less what a terminal has no room for, `more` below them, and what to know of them. */
export function sweepTable(report: SweepLike, hidden: readonly string[], more = ''): string {
  const rows = report.rows.map((row) =>
    Object.fromEntries(Object.entries(row).filter(([name]) => !hidden.includes(name))),
  );
  const left = report.skipped.map(({ reason, ...point }) => {
    const where = Object.entries(point).map(([name, value]) => `${name} ${value}`);
    return `left out: ${where.join(', ')}: ${reason}\n`;
  });
  const notes = [...left];
  if (report.rows.some((row) => row.crowded))
    notes.push('crowded: threads outnumbered the CPUs; such rates say little\n');
  if (report.interrupted) notes.push('interrupted: only runs that were over count\n');
  const gap = notes.length > 0 ? '\n' : '';
  return [benchTable({ ...report, rows }), more, gap, ...notes].join('');
}

/** A table under a heading of its own, for `more` above; nothing where there are no rows. */
export function underTable(heading: string, rows: object[]): string {
  return rows.length === 0 ? '' : `\n${heading}:\n${rowsTable(rows)}`;
}

function save(report: SweepLike, file: string | undefined): void {
  if (file !== undefined) writeFileSync(file, asJson(report));
}

/** A list of numbers is one line: a distribution has hundreds. Strings have no line breaks in JSON. */
function asJson(report: SweepLike): string {
  const list = /\[\n[\d\s.,e+-]+\n\s*\]/g;
  const text = JSON.stringify(report, null, 2).replace(list, (all) => all.replace(/\s+/g, ''));
  return `${text}\n`;
}

/** What ended it, or frames that came out wrong, make the command fail. */
function judge({ error, rows }: SweepLike): void {
  if (error !== undefined) throw new RunFailed(error);
  const total = (field: 'checked' | 'wrong') =>
    rows.reduce((sum, row) => sum + (row[field] ?? 0), 0);
  const [checked, wrong] = [total('checked'), total('wrong')];
  if (wrong > 0) fail('VERIFY_WRONG', { checked, wrong });
}
