import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { flag, type OptionDeclaration, text } from '../apps/option.js';
import { fail } from '../errors.js';
import { addExamples, addOptions, givenOptions, makeCommand } from './command.js';
import { plural } from './figures.js';
import { jsonText } from './json-output.js';
import { checkOutputFile } from './output-file.js';
import type { Shell } from './shell.js';
import { reasonOf } from './system-error.js';

const RESULTS = 'results';
const defaults = { out: 'report.html', json: false };

const options: readonly OptionDeclaration[] = [
  {
    name: 'out',
    metavar: 'FILE',
    help: 'the page that is written',
    type: text('the name of a file'),
    default: defaults.out,
  },
  {
    name: 'svg',
    metavar: 'DIR',
    help: 'the figures as SVG files in there as well',
    type: text('the name of a folder'),
  },
  { name: 'json', help: 'what was written as one JSON object on standard output', type: flag() },
];

/** `warpline report`: result files in, one page out. */
export function reportCommand(shell: Shell): Command {
  const summary = 'one page of figures and tables from results';
  const command = makeCommand('report', summary, shell);
  command.argument('[FILE...]', `results, traces, or folders of them (default: ${RESULTS})`);
  addOptions(command, options);
  command.addHelpText(
    'after',
    '\nA FILE is the JSON of a bench, of l2fwd, or a trace of l2fwd or in Chrome’s format; docs/report.md.',
  );
  addExamples(command, [
    ['all that lies under results/', 'warpline report'],
    [
      'one run of a bench, and its figures for a README',
      'warpline report figure14.json --out figure14.html --svg docs/figures',
    ],
    ['two machines and a timeline', 'warpline report h200/ a100/ run.pftrace'],
  ]);
  return command.action(async (files: string[]) => {
    shell.quitAtOnce();
    const given = givenOptions(command, options) as Partial<typeof defaults & { svg: string }>;
    const { out, json, svg } = { ...defaults, ...given };
    const written = await write(files, out, svg, shell);
    const say = `${written.inputs.length} read; ${out} has ${plural(written.figures.length, 'figure')}\n`;
    shell.out(json ? jsonText(written) : say);
  });
}

interface Written {
  inputs: string[];
  page: string;
  figures: string[];
  /** Files of figures, where they were asked for. */
  svgs: string[];
}

async function write(
  named: string[],
  page: string,
  folder: string | undefined,
  shell: Shell,
): Promise<Written> {
  checkOutputFile(page, undefined);
  if (named.length === 0 && !existsSync(RESULTS)) fail('REPORT_NOTHING', { folder: RESULTS });
  const places = named.length > 0 ? named : [RESULTS];
  // Loaded when it runs: other commands have no use for it.
  const { makeReport } = await import('../report/report.js');
  const { readInputs } = await import('./report-inputs.js');
  const inputs = readInputs(places, (line) => shell.err(`warpline: left out: ${line}\n`));
  if (inputs.length === 0) fail('REPORT_NOTHING', { folder: places.join(', ') });
  const report = makeReport(inputs);
  save(page, report.page);
  const figures = [...report.svgs.keys()];
  const svgs = folder === undefined ? [] : figures.map((name) => join(folder, name));
  if (folder !== undefined) {
    makeFolder(folder);
    for (const [name, content] of report.svgs) save(join(folder, name), content);
  }
  return { inputs: inputs.map(({ file }) => file), page, figures, svgs };
}

function save(file: string, content: string): void {
  try {
    writeFileSync(file, content);
  } catch (error) {
    refuse(file, error);
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    refuse(folder, error);
  }
}

function refuse(file: string, error: unknown): never {
  return fail('OUTPUT_UNUSABLE', {
    file,
    reason: reasonOf(error),
    advice: 'Name one that you may write',
  });
}
