import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestShell } from '../testing/command-line.js';
import { addOptions, commandLine, makeCommand } from './command.js';

test('a command line is kept as a person would type it', async () => {
  const shell = new TestShell();
  const root = makeCommand('warpline', '', shell);
  const bench = makeCommand('bench', '', shell);
  const lines: string[] = [];
  const one = makeCommand('one', '', shell).action(() => {
    lines.push(commandLine(one));
  });
  const type = { safeParse: () => ({ data: 1 }) } as never;
  addOptions(one, [
    { name: 'out', metavar: 'FILE', help: '', type },
    { name: 'json', help: '', type },
  ]);
  root.addCommand(bench.addCommand(one));
  await root.parseAsync(['bench', 'one', '--json', '--out', "it's a file.json"], { from: 'user' });
  await root.parseAsync(['bench', 'one', '--out=a/b-1.json'], { from: 'user' });
  assert.deepEqual(lines, [
    `warpline bench one --json --out 'it'\\''s a file.json'`,
    'warpline bench one --out=a/b-1.json',
  ]);
});
