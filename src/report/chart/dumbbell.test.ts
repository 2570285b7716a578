import assert from 'node:assert/strict';
import { test } from 'node:test';
import { elements, parseXml } from '../../testing/xml.js';
import { type Dumbbell, type Dumbbells, dumbbells } from './dumbbell.js';
import { svgInPage } from './svg.js';

const row = (label: string, value: number, more: Partial<Dumbbell> = {}): Dumbbell => {
  const look = { colour: 'blue', shape: 'circle' } as const;
  return { label, look, value, note: `${value} of it`, ...more };
};

function draw(names: Dumbbells['names'], rows: Dumbbell[]) {
  const about = { id: 'a', title: 'A title', description: 'What it shows.' };
  const draw = dumbbells({ title: 'Mpps', names, groups: [{ title: 'host memory', rows }] });
  const svg = parseXml(svgInPage(draw, about, 760).text);
  const of = (kind: string) =>
    elements(svg, 'path').filter(({ attributes }) => attributes.class === kind);
  return { of, texts: elements(svg, 'text'), height: Number(svg.attributes.viewBox.split(' ')[3]) };
}

test('a pair has a filled and a hollow marker, each where its value is', () => {
  const { of, texts } = draw(['without loss', 'peak'], [row('cpu', 10, { of: 20 })]);
  // One of each is the key's.
  assert.deepEqual([of('fill').length, of('hollow').length], [2, 2]);
  const x = (path: { attributes: Record<string, string> }) =>
    Number(/\(([\d.]+),/.exec(path.attributes.transform)?.[1]);
  const [filled, hollow] = [of('fill')[1], of('hollow')[1]].map(x);
  const at = (label: string) => Number(texts.find(({ text }) => text === label)?.attributes.x);
  assert.ok(Math.abs(filled - at('10')) < 0.02 && Math.abs(hollow - at('20')) < 0.02);
  const all = texts.map(({ text }) => text);
  for (const text of ['cpu', '10 of it', 'host memory', 'without loss', 'peak', 'Mpps']) {
    assert.ok(all.includes(text), text);
  }
});

test('a third value is a bar across the line, which the key explains', () => {
  const { of, texts } = draw(
    ['without loss', 'peak', 'slowest'],
    [row('cpu', 10, { of: 20, bar: 5 })],
  );
  const bars = of('stroke').flatMap(
    ({ attributes }) => /^M([\d.-]+),\S+V/.exec(attributes.d)?.[1] ?? [],
  );
  const at = Number(texts.find(({ text }) => text === '5')?.attributes.x);
  assert.deepEqual(
    bars.map(Number).map((x) => Math.abs(x - at) < 0.02),
    [false, true],
  );
  assert.ok(texts.some(({ text }) => text === 'slowest'));
});

test('a single value has a line from 0, and no key', () => {
  const { of } = draw(undefined, [row('cpu', 10)]);
  assert.deepEqual([of('fill').length, of('hollow').length, of('stroke').length], [1, 0, 1]);
});

test('a doubt stands below the name, with room of its own', () => {
  const sure = draw(undefined, [row('cpu', 10), row('io', 5)]);
  const doubted = draw(undefined, [row('cpu', 10, { doubt: 'crowded' }), row('io', 5)]);
  assert.ok(doubted.texts.some(({ text }) => text === 'crowded'));
  assert.ok(doubted.height > sure.height);
});
