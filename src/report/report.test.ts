import assert from 'node:assert/strict';
import { test } from 'node:test';
import { file, fullSet } from '../testing/report-files.js';
import { sampleTrace } from '../testing/report-trace.js';
import { type Element, elements, parseXml } from '../testing/xml.js';
import { interpret } from './interpret.js';
import { makeReport } from './report.js';

const FIGURES = [
  ...['figure13', 'figure14', 'work', 'scaling', 'latency', 'latency-distribution'],
  ...[
    'latency-distribution-2',
    'latency-timeout',
    'zero-loss',
    'methods',
    'cpu',
    'back-to-back',
    'back-to-back-queues',
    'start',
  ],
];

const inputs = (contents: Record<string, object>) =>
  Object.entries(contents).map(([name, content]) =>
    interpret(`${name}.json`, Buffer.from(JSON.stringify(content))),
  );

/** The page as a strict reader sees it; its doctype is HTML's. */
function pageOf(contents: Record<string, object>): Element {
  return parseXml(makeReport(inputs(contents)).page);
}

/** Made once: it is large. */
const full = makeReport(inputs({ ...fullSet(), trace: sampleTrace() }));
const fullPage = parseXml(full.page);

const ids = (page: Element) => elements(page, 'section').map(({ attributes }) => attributes.id);

test('a full set of files has every figure, twice: for a broad page and for a narrow one', () => {
  assert.deepEqual(ids(fullPage), [...FIGURES, 'timeline', 'files']);
  for (const section of elements(fullPage, 'section').slice(0, -1)) {
    const name = section.attributes.id;
    const drawn = elements(section, 'svg');
    assert.equal(drawn.length, 2, name);
    for (const svg of drawn) {
      assert.ok(elements(svg, 'title')[0].text !== '', name);
      assert.ok(elements(svg, 'desc')[0].text.length > 40, name);
      assert.ok(elements(svg, 'path').length + elements(svg, 'rect').length > 3, name);
      // A scale without values would draw at NaN.
      assert.doesNotMatch(JSON.stringify(svg), /NaN|Infinity|undefined/, name);
    }
    if (name !== 'timeline') assert.ok(elements(section, 'td').length > 3, name);
  }
});

test('ids are there once, and links lead to one', () => {
  const all = ['section', 'title', 'desc'].flatMap((name) =>
    elements(fullPage, name).flatMap(({ attributes }) => attributes.id ?? []),
  );
  assert.equal(new Set(all).size, all.length);
  const links = elements(fullPage, 'a').map(({ attributes }) => attributes.href);
  assert.ok(links.length >= FIGURES.length - 1);
  for (const link of links) assert.ok(ids(fullPage).includes(link.slice(1)), link);
});

test('a bench that was not run has no figure', () => {
  const { figure14, cpu } = fullSet();
  assert.deepEqual(ids(pageOf({ figure14, cpu })), ['figure14', 'cpu', 'files']);
  assert.deepEqual(ids(pageOf({ trace: sampleTrace() })), ['timeline']);
  assert.deepEqual(ids(pageOf({ work: file('work', []) })), ['work', 'files']);
});

test('the page needs nothing: no script, no network', () => {
  const { page } = full;
  assert.doesNotMatch(page, /<script|<link|<img|@import|url\(|https?:/);
  const [head] = elements(fullPage, 'head');
  assert.equal(elements(head, 'title')[0].text, 'warpline: measurements');
  assert.ok(elements(head, 'meta').some(({ attributes }) => attributes.name === 'viewport'));
  assert.match(page, /@media screen and \(prefers-color-scheme: dark\)/);
  assert.match(page, /@media print/);
});

test('the opening is taken from the rows', () => {
  const rows = [8, 64].map((burst) => ({
    ...{ method: 'graph', memory: 'gpu', frameBytes: 1024, burst, pipelines: 1 },
    ...{ mpps: burst, gbps: burst * 8.192 },
  }));
  const lead = elements(pageOf({ a: file('figure14', rows) }), 'p')[0].text;
  assert.match(lead, /^Measured on Synthetic GPU, .*16 cores/);
  assert.match(lead, /2 rows of figure14; warpline at 0123456789ab\./);
  assert.match(lead, /graph, forwards 64 Mpps \(524 Gbit\/s\): GPU memory/);
  const machine = { gpu: 'Synthetic GPU', cores: 16, coresAllowed: 8 };
  const half = pageOf({ a: file('figure14', rows, { machine }) });
  assert.match(elements(half, 'p')[0].text, /8 of 16 cores/);
});

test('the opening says nothing of crowded rows, and how far the repeats of others lie apart', () => {
  const row = { method: 'graph', memory: 'gpu', burst: 8, gbps: 8, mpps: 1 };
  const lead = (rows: object[]) => elements(pageOf({ a: file('figure14', rows) }), 'p')[0].text;
  assert.match(lead([row, { ...row, burst: 16, mpps: 9, crowded: true }]), /forwards 1 Mpps/);
  assert.doesNotMatch(lead([{ ...row, crowded: true }]), /forwards/);
  // The fastest is who was so in each repeat, not who once was.
  const wide = { ...row, burst: 16, mpps: 5, mppsMin: 3, mppsMax: 9, spread: 1.2 };
  const narrow = { ...row, method: 'stream', mpps: 4.2, mppsMin: 4, mppsMax: 4.3 };
  assert.match(lead([wide, row]), /graph, forwards 5 Mpps, never less than 3 \(/);
  assert.match(lead([wide, narrow]), /stream, forwards 4\.2 Mpps \(/);
});

test('of links the opening names the fastest that is filled, and by whom; the share is of the others', () => {
  const row = { method: 'graph', memory: 'gpu', burst: 32, frameBytes: 1000, generator: 'traffic' };
  const open = { ...row, peakMpps: 40, zeroLossMpps: 20, ratio: 0.5 };
  const link = (method: string, lineRateGbps: number, zeroLossMpps: number) => ({
    ...{ ...row, method, lineRateGbps, zeroLossMpps },
    ...{ peakMpps: zeroLossMpps, ratio: 1 },
  });
  // 1000 bytes are 1024 on the wire: 12.2 Mpps at 100 Gbit/s, 24.4 at 200.
  const rows = [
    ...[link('graph', 100, 12.2), link('graph', 200, 24.3), link('stream', 200, 24.4)],
    ...[link('serial', 200, 20), link('io', 400, 48.8)],
  ];
  // In files of their own: what was measured on a link is not that without one measured again.
  const page = pageOf({ a: file('zero-loss', [open]), b: file('zero-loss', rows) });
  const lead = elements(page, 'p')[0].text;
  assert.match(
    lead,
    /graph and stream fill a link of 200.Gbit\/s, 1,000-byte frames, without loss/,
  );
  assert.match(lead, /each method reaches at least 50.% of its peak \(graph/);
  // Panels by link, the one without first.
  const drawn = JSON.stringify(elements(page, 'svg')[0]);
  const titles = ['without a link: as fast', 'a link of 100', 'a link of 200', 'a link of 400'];
  const places = titles.map((title) => drawn.lastIndexOf(title));
  assert.ok(places[0] > 0);
  assert.deepEqual(
    places,
    places.toSorted((a, b) => a - b),
  );
});

test('machines of one bench have a figure each', () => {
  const { figure14 } = fullSet();
  const other = { ...figure14, machine: { cpu: 'another', cores: 4, gpu: 'Other GPU' } };
  const page = pageOf({ figure14, other });
  assert.deepEqual(ids(page), ['figure14', 'figure14-machine-2', 'files']);
  const [first, second] = elements(page, 'h2').map(({ text }) => text);
  assert.match(first, /\(Synthetic GPU, /);
  assert.match(second, /\(Other GPU, another, 4 cores\)$/);
});

test('a bench that is not known is a table', () => {
  const page = pageOf({ tea: file('tea', [{ sort: 'green', cups: 3, cupsMin: 2, cupsMax: 4 }]) });
  assert.deepEqual(ids(page), ['tea', 'files']);
  assert.deepEqual(
    elements(page, 'th').map(({ text }) => text),
    ['sort', 'cups'],
  );
  assert.deepEqual(
    elements(page, 'td').map(({ text }) => text),
    ['green', '3 2–4'],
  );
});

test('rows of nothing but zeros, and of no more than one point, are drawn', () => {
  const row = { method: 'graph', memory: 'gpu', frameBytes: 64, pipelines: 1, mpps: 0, gbps: 0 };
  const none = { us: [1], packets: [0] };
  const page = pageOf({
    a: file(
      'figure14',
      [8, 16].map((burst) => ({ ...row, burst })),
    ),
    b: file(
      'work',
      [0, 10].map((packetTimeNs) => ({ ...row, packetTimeNs, mpps: packetTimeNs })),
    ),
    c: file('figure13', [row]),
    d: file('latency', [{ ...row, load: 0.5, latencyP50Us: 1, latency: none }]),
    e: file('zero-loss', [{ ...row, zeroLossMpps: 0, peakMpps: 0 }]),
    f: file('files', [{ a: 1 }]),
  });
  const found = [
    'figure13',
    'figure14',
    'work',
    'latency',
    'zero-loss',
    'files-machine-2',
    'files',
  ];
  assert.deepEqual(ids(page), found);
  assert.doesNotMatch(JSON.stringify(page), /NaN|Infinity/);
});

test('what is not recorded is said to be so, as are errors and what was left out', () => {
  const bare = { bench: 'cpu', rows: [{ work: 'forward', mpps: 1, testpmdMpps: 2 }] };
  assert.match(
    pageOf({ bare }).text,
    /commit not recorded, date not recorded.*command not recorded/s,
  );
  const error = { code: 'GPU_LOST', message: 'it is gone' };
  const more = { interrupted: true, error };
  const cut = {
    ...file('cpu', [{ mpps: 1 }], more),
    skipped: [{ memory: 'gpu', reason: 'no <GPU>' }],
  };
  const { text } = pageOf({ cut });
  assert.match(text, /cut\.json was interrupted/);
  assert.match(text, /cut\.json ended early: GPU_LOST: it is gone/);
  assert.match(text, /left out: memory gpu: no <GPU>/);
});

test('text of files stays text wherever it goes', () => {
  const evil = '</title></style></pre><script>alert(1)</script>"\'&\u0007';
  const rows = [8, 16].map((burst) => ({
    ...{ method: evil, memory: evil, burst, frameBytes: 64, pipelines: 1, sort: evil },
    ...{ mpps: 1, gbps: burst },
  }));
  const place = { commit: evil, command: evil, machine: { cpu: evil, gpu: evil }, [evil]: evil };
  const trace = {
    traceEvents: [{ ph: 'X', name: evil, cat: evil, ts: 1, dur: 2, pid: 1, tid: evil }],
  };
  const contents = { [evil]: file('figure14', rows, place), evil: file(evil, rows), trace };
  const { page, svgs } = makeReport(inputs(contents));
  assert.doesNotMatch(page, /<script/);
  assert.equal(elements(parseXml(page), 'script').length, 0);
  for (const svg of svgs.values()) assert.equal(elements(parseXml(svg), 'script').length, 0);
});

test('figures are files of their own as well, with title, ground, style and source', () => {
  const { svgs } = makeReport(inputs({ ...fullSet(), trace: sampleTrace() }));
  assert.deepEqual(
    [...svgs.keys()],
    [...FIGURES, 'timeline'].map((id) => `${id}.svg`),
  );
  for (const [name, text] of svgs) {
    const svg = parseXml(text);
    assert.equal(svg.attributes.xmlns, 'http://www.w3.org/2000/svg', name);
    assert.match(elements(svg, 'style')[0].text, /prefers-color-scheme: dark/, name);
    assert.equal(elements(svg, 'rect')[0].attributes.class, 'paper', name);
    assert.ok(Number(svg.attributes.height) > 100, name);
    if (name !== 'timeline.svg') assert.match(svg.text, /No physical NIC took part/, name);
  }
});
