import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { l2fwdOptions, MEMORY_KINDS, METHODS } from '../apps/l2fwd/options.js';
import { Folder } from '../testing/capture-folder.js';
import { readConfig } from './config.js';

const folder = new Folder();
const read = (content: string | Uint8Array) =>
  readConfig(folder.file(content, 'c.yaml'), l2fwdOptions, 'l2fwd');

/** Texts of printable characters; empty ones are no values. */
const text = fc.string({ minLength: 1, maxLength: 20 });
const options = fc.record(
  {
    port: fc.oneof(text, fc.array(text, { minLength: 1, maxLength: 2 })),
    in: text,
    method: fc.constantFrom(...METHODS),
    memory: fc.constantFrom(...MEMORY_KINDS),
    burst: fc.integer({ min: 1, max: 1024 }),
    'timeout-us': fc.integer({ min: 0, max: 1_000_000 }),
    duration: fc.integer({ min: 1, max: 9999 }).map((n) => n / 8),
    verify: fc.boolean(),
  },
  { requiredKeys: ['burst'] },
);

test('what any YAML or JSON writer writes is read as it was meant', async () => {
  await fc.assert(
    fc.asyncProperty(options, async (written) => {
      const { 'timeout-us': timeoutUs, ...rest } = written;
      const meant = { ...rest, ...(timeoutUs !== undefined && { timeoutUs }) };
      for (const content of [
        stringify(written),
        JSON.stringify(written),
        JSON.stringify(written, null, '\t'),
        `\ufeff# with a comment\r\n${stringify(written).replaceAll('\n', '\r\n')}`,
      ]) {
        assert.deepEqual(await read(content), meant, content);
      }
    }),
    { numRuns: 50 },
  );
});

test('an anchor may be used again', async () => {
  assert.deepEqual(await read('in: &file a.pcap\nout: *file\n'), { in: 'a.pcap', out: 'a.pcap' });
});

test('keys that are no names of options are refused, whatever they are', async () => {
  for (const key of ['__proto__', 'constructor', '64', 'null', '[a, b]', 'timeoutUs', '"burst "']) {
    await assert.rejects(read(`? ${key}\n: 1\n`), { code: 'CONFIG_KEY' }, key);
  }
});

test('bytes that are no text are refused', async () => {
  await assert.rejects(read(Buffer.from([0, 1, 2, 255, 254])), { code: 'CONFIG_SHAPE' });
});
