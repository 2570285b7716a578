import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Folder } from '../testing/capture-folder.js';
import { TestShell, warpline } from '../testing/command-line.js';
import { fullSet } from '../testing/report-files.js';
import { sampleTrace } from '../testing/report-trace.js';
import { elements, parseXml } from '../testing/xml.js';
import { main } from './main.js';

const folder = new Folder();
const { figure14, cpu } = fullSet();
const file = (name: string, content: unknown) => folder.file(JSON.stringify(content), name);
const here = (name: string) => join(folder.path, name);

async function report(...args: string[]) {
  const shell = new TestShell();
  const status = await main(['report', ...args], shell);
  return { status, shell };
}

test('files become one page, and their figures files if asked', async () => {
  const [a, b] = [file('figure14.json', figure14), file('trace.json', sampleTrace())];
  const out = here('page.html');
  const svg = here('figures/new');
  const { status, shell } = await report(a, b, '--out', out, '--svg', svg, '--json');
  assert.deepEqual([status, shell.stderr], [0, '']);
  const names = ['figure14.svg', 'timeline.svg'];
  assert.deepEqual(JSON.parse(shell.stdout), {
    inputs: [a, b],
    page: out,
    figures: names,
    svgs: names.map((name) => join(svg, name)),
  });
  const sections = elements(parseXml(readFileSync(out, 'utf8')), 'section');
  assert.deepEqual(
    sections.map(({ attributes }) => attributes.id),
    ['figure14', 'timeline', 'files'],
  );
  assert.deepEqual(readdirSync(svg), names);
});

test('a folder gives its JSON files; what is no result there is left out with a word', async () => {
  mkdirSync(here('host'));
  for (const [name, content] of Object.entries({ cpu, figure14, other: { name: 'warpline' } })) {
    writeFileSync(here(`host/${name}.json`), JSON.stringify(content));
  }
  writeFileSync(here('host/notes.txt'), 'no JSON');
  const { status, shell } = await report(here('host'), '--out', here('host.html'));
  assert.equal(status, 0);
  assert.equal(shell.stdout, `2 read; ${here('host.html')} has 2 figures\n`);
  assert.match(shell.stderr, /^warpline: left out: .*other\.json is no result.*\n$/);
});

test('wrong use is one line, and nothing is written', async () => {
  const out = here('none.html');
  mkdirSync(here('empty'));
  const cases: [string[], RegExp][] = [
    [[here('nowhere.json')], /^warpline: REPORT_READ: .*nowhere\.json: no such file/],
    [[folder.file('{', 'cut.json')], /^warpline: REPORT_NOT_RESULT: .*cut\.json .*not JSON/],
    [[file('list.json', { a: 1 })], /^warpline: REPORT_NOT_RESULT: .*list\.json/],
    [[here('empty')], /^warpline: REPORT_NOTHING: .*empty holds no results/],
    [['--svg'], /^warpline: OPTION_MISSING: /],
  ];
  for (const [args, line] of cases) {
    const { status, shell } = await report(...args, '--out', out);
    assert.deepEqual([status, shell.stdout], [2, ''], String(line));
    assert.match(shell.stderr, line);
    assert.equal(shell.stderr.split('\n').length, 2, shell.stderr);
    assert.ok(!existsSync(out));
  }
  const [input, lost] = [file('cpu.json', cpu), here('lost/page.html')];
  const { status, shell } = await report(input, '--out', lost);
  assert.deepEqual([status, shell.stdout], [2, '']);
  assert.match(shell.stderr, /^warpline: OUTPUT_UNUSABLE: .*there is no directory/);
});

test('without arguments it takes results/, and writes report.html', async () => {
  mkdirSync(here('cwd/results'), { recursive: true });
  const nothing = await warpline(['report'], here('host'));
  assert.equal(nothing.status, 2);
  assert.match(nothing.stderr, /^warpline: REPORT_NOTHING: .*results holds no results/);
  writeFileSync(here('cwd/results/cpu.json'), JSON.stringify(cpu));
  const { status, stdout, stderr } = await warpline(['report'], here('cwd'));
  assert.deepEqual([status, stdout, stderr], [0, '1 read; report.html has 1 figure\n', '']);
  assert.ok(existsSync(here('cwd/report.html')));
});

test('the help names its options and has examples', async () => {
  const { status, shell } = await report('--help');
  assert.equal(status, 0);
  for (const part of ['[FILE...]', '--out FILE', '--svg DIR', '--json', 'warpline report h200/']) {
    assert.ok(shell.stdout.includes(part), part);
  }
});
