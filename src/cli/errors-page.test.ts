import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { catalogue } from '../errors.js';
import { errorsPage } from './errors-page.js';

test('docs/errors.md is what the catalogue makes it', () => {
  const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
  assert.equal(page, errorsPage(), 'out of date: run "npm run docs"');
});

test('every code is on the page once, under its exit status', () => {
  const [, wrongUse, failed] = errorsPage().split(/^## /m);
  for (const [code, { exit }] of Object.entries(catalogue)) {
    const heading = `\n### ${code}\n`;
    assert.equal(wrongUse.includes(heading), exit === 2, code);
    assert.equal(failed.includes(heading), exit === 1, code);
  }
});

test('no entry brings its own full stop or line break: the line adds them', () => {
  for (const { what, todo } of Object.values(catalogue)) {
    for (const text of [what, todo]) assert.doesNotMatch(text, /\.$|\n/);
  }
});
