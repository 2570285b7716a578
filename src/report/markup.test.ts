import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseXml } from '../testing/xml.js';
import { el } from './markup.js';

test('any text stays text, in an element and in an attribute', () => {
  const lost = /[^\P{Cc}\t\n\r]|\p{Surrogate}|[\uFFFE\uFFFF]/gu;
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const { text: read, attributes } = parseXml(el('p', { title: text }, text).text);
      const wanted = text.replace(lost, '\uFFFD');
      // A parser makes line breaks alike, and those of an attribute spaces.
      assert.equal(read, wanted.replace(/\r\n?/g, '\n'));
      assert.equal(attributes.title, wanted.replace(/\r\n?|[\t\n]/g, ' '));
    }),
  );
});

test('a tag in a text is no tag', () => {
  assert.equal(el('b', {}, '</b><script>').text, '<b>&lt;/b&gt;&lt;script&gt;</b>');
  assert.equal(el('b', { title: '"\'' }).text, '<b title="&quot;&#39;"></b>');
});

test('what is absent leaves nothing; numbers are rounded to hundredths', () => {
  const inside = [undefined, false, [1.006, 'x', el('i')]] as const;
  const whole = el('g', { x: 1 / 3, y: undefined, hidden: false }, ...inside);
  assert.equal(whole.text, '<g x="0.33">1.01x<i></i></g>');
});

test('only elements that HTML or SVG let end at once do so', () => {
  assert.equal(el('meta', { charset: 'utf-8' }).text, '<meta charset="utf-8"/>');
  assert.equal(el('div').text, '<div></div>');
});
