import { readFileSync, statSync } from 'node:fs';
import type { Document, LineCounter, Pair, ParsedNode, YAMLError } from 'yaml';
import { judge, type OptionDeclaration } from '../apps/option.js';
import { fail, WarplineError } from '../errors.js';
import { type Given, keyOf } from './command.js';
import { suggestion } from './similar.js';
import { reasonOf } from './system-error.js';

/**
 * Reads options from a YAML 1.2 file, of which JSON is a part; keys are the options' names without
 * the dashes. Names of files in it are taken from the current directory, as on the command line.
 * `command` is the one whose help says more.
 *
 * @throws CONFIG_READ, CONFIG_SYNTAX, CONFIG_SHAPE, CONFIG_DUPLICATE, CONFIG_KEY, CONFIG_VALUE.
 */
export async function readConfig(
  file: string,
  table: readonly OptionDeclaration[],
  command: string,
): Promise<Given> {
  const text = readText(file);
  const yaml = await import('yaml');
  const lines = new yaml.LineCounter();
  const document = yaml.parseDocument(text, {
    lineCounter: lines,
    logLevel: 'error',
    prettyErrors: false,
    // Numbers as the command line takes them: 0x10, 0o7 and 1e3 stay text, which is no number.
    customTags: (tags) => tags.filter((tag) => !isExoticNumber(tag)),
  });
  if (document.errors.length > 0) refuseSyntax(file, text, document.errors[0], lines);
  if (document.contents === null) fail('CONFIG_SHAPE', { file, what: 'is empty' });
  if (!yaml.isMap<ParsedNode, ParsedNode>(document.contents)) {
    const what = yaml.isSeq(document.contents) ? 'holds a list' : 'holds a single value';
    fail('CONFIG_SHAPE', { file, what });
  }
  const given: Given = {};
  for (const pair of document.contents.items) {
    const { line } = lines.linePos(pair.key.range[0]);
    const [key, value] = plain(pair, document, (reason) =>
      fail('CONFIG_SYNTAX', { file, line, reason }),
    );
    const option = table.find(({ name, notInConfig }) => name === key && !notInConfig);
    if (option === undefined) {
      const names = table.filter(({ notInConfig }) => !notInConfig).map(({ name }) => name);
      fail('CONFIG_KEY', { file, line, key: `${key}${suggestion(key, names)}`, command });
    }
    const verdict = judge(option, value);
    if ('reason' in verdict) {
      const shown = JSON.stringify(value);
      fail('CONFIG_VALUE', { file, line, key, value: shown, reason: verdict.reason, command });
    }
    given[keyOf(option)] = verdict.value;
  }
  return given;
}

function readText(file: string): string {
  try {
    // Reading a FIFO nobody writes to, or a device, might never return.
    const status = statSync(file);
    if (status.isFile()) return readFileSync(file, 'utf8');
    const reason = status.isDirectory() ? 'it is a directory' : 'it is no regular file';
    return fail('CONFIG_READ', { file, reason });
  } catch (cause) {
    if (cause instanceof WarplineError) throw cause;
    return fail('CONFIG_READ', { file, reason: reasonOf(cause) });
  }
}

function isExoticNumber(tag: unknown): boolean {
  const { format } = tag as { format?: string };
  return format === 'HEX' || format === 'OCT' || format === 'EXP';
}

/** Key and value as JavaScript has them. Only here does yaml see an alias that names nothing. */
function plain(
  { key, value }: Pair<ParsedNode, ParsedNode | null>,
  document: Document,
  refuse: (reason: string) => never,
): [string, unknown] {
  try {
    const name: unknown = key.toJS(document);
    const text = typeof name === 'string' ? name : JSON.stringify(name);
    return [text, value === null ? null : value.toJS(document)];
  } catch (cause) {
    return refuse(lowerFirst((cause as Error).message));
  }
}

function refuseSyntax(file: string, text: string, error: YAMLError, lines: LineCounter): never {
  const { line } = lines.linePos(error.pos[0]);
  if (error.code === 'DUPLICATE_KEY') {
    // The position is that of its first character.
    const [key] = /^("[^"]*"|'[^']*'|[^\s:]+)/.exec(text.slice(error.pos[0])) ?? [''];
    fail('CONFIG_DUPLICATE', { file, line, key });
  }
  const several = error.code === 'MULTIPLE_DOCS';
  const reason = several ? 'a second document begins' : lowerFirst(error.message);
  fail('CONFIG_SYNTAX', { file, line, reason });
}

function lowerFirst(message: string): string {
  return message[0].toLowerCase() + message.slice(1).replace(/\.$/, '');
}
