import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Element, elements, parseXml } from '../../testing/xml.js';
import type { LineChart, Series } from './chart.js';
import { lineChart } from './drawing.js';
import { svgInPage } from './svg.js';

const series = (label: string, points: Series['points']): Series => ({
  label,
  look: { colour: 'blue', shape: 'circle' },
  points,
});

function draw(chart: Omit<LineChart, 'x' | 'y'>, width = 760): Element {
  const x = { title: 'packets per item', kind: 'log', ticks: [8, 16] } as const;
  const about = { id: 'a', title: 'A title', description: 'What it shows.' };
  const whole = { x, y: { title: 'Gbit/s', kind: 'linear' }, ...chart } as const;
  return parseXml(svgInPage(lineChart(whole), about, width).text);
}

const classes = (svg: Element, name: string) =>
  elements(svg, 'path').filter(({ attributes }) => attributes.class?.split(' ').includes(name));

test('a series has a line, a marker a point, and its name at its end', () => {
  const points = [
    { x: 8, y: 10 },
    { x: 16, y: 40 },
  ];
  const svg = draw({ panels: [{ series: [series('persistent', points)] }] });
  const [group] = elements(svg, 'g').filter(({ attributes }) => attributes['data-series']);
  assert.match(classes(group, 'stroke')[0].attributes.d, /^M[\d.]+,[\d.]+L[\d.]+,[\d.]+$/);
  assert.equal(classes(group, 'fill').length, 2);
  const texts = elements(svg, 'text').map(({ text }) => text);
  for (const text of ['persistent', '8', '16', 'Gbit/s', 'packets per item']) {
    assert.ok(texts.includes(text), text);
  }
});

test('doubtful points are hollow or ringed, and a legend says what that means', () => {
  const sure = draw({ panels: [{ series: [series('a', [{ x: 8, y: 1 }])] }] });
  assert.equal(classes(sure, 'hollow').length, 0);
  assert.doesNotMatch(sure.text, /hollow|ringed|struck/);
  const points = [
    { x: 8, y: 1, wide: true },
    { x: 16, y: 2, crowded: true, lossy: true },
  ];
  const doubtful = draw({ panels: [{ series: [series('a', points)] }] });
  // Once as a point, and once in the legend.
  assert.equal(classes(doubtful, 'hollow').length, 2);
  assert.equal(elements(doubtful, 'circle').length, 2);
  assert.match(doubtful.text, /hollow: repeats more than 10 % apart/);
  assert.match(doubtful.text, /ringed: crowded/);
  assert.equal(classes(doubtful, 'thin').length, 2);
  assert.match(doubtful.text, /struck through: frames were lost/);
});

test('limits are drawn from the lowest to the highest repeat where they can be seen', () => {
  const points = [
    { x: 8, y: 50, min: 10, max: 90 },
    { x: 16, y: 50, min: 49.9, max: 50.1 },
  ];
  const svg = draw({ panels: [{ series: [series('a', points)] }] });
  assert.equal(classes(svg, 'thin').length, 1);
});

test('a guide is dashed and named inside the plot', () => {
  const guides = [{ label: '100 GbE', points: [8, 16].map((x) => ({ x, y: 97.7 })) }];
  const svg = draw({ panels: [{ series: [series('a', [{ x: 8, y: 120 }])], guides }] });
  assert.equal(classes(svg, 'guide').length, 1);
  assert.ok(elements(svg, 'text').some(({ text }) => text === '100 GbE'));
});

test('panels stand side by side on a broad page and below each other on a phone', () => {
  const one = { series: [series('a', [{ x: 8, y: 1 }])] };
  const panels = [
    { title: 'host memory', ...one },
    { title: 'GPU memory', ...one },
  ];
  const moves = (width: number) =>
    draw({ panels }, width).children.flatMap(({ attributes }) => attributes.transform ?? []);
  const [first, second] = moves(760).map((move) => move.match(/[\d.]+/g)?.map(Number) ?? []);
  assert.ok(second[0] > first[0] && second[1] === first[1]);
  const [above, below] = moves(360).map((move) => move.match(/[\d.]+/g)?.map(Number) ?? []);
  assert.ok(below[0] === above[0] && below[1] > above[1]);
});

test('whoever hears it is told what it is', () => {
  const svg = draw({ panels: [{ series: [series('a', [{ x: 8, y: 1 }])] }] });
  assert.equal(svg.attributes.role, 'img');
  const ids = svg.attributes['aria-labelledby'].split(' ');
  const [title, desc] = [elements(svg, 'title')[0], elements(svg, 'desc')[0]];
  assert.deepEqual([title.attributes.id, desc.attributes.id], ids);
  assert.deepEqual([title.text, desc.text], ['A title', 'What it shows.']);
});
