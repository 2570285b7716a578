import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';
import { frameOf, PcapWriter } from '../testing/capture-files.js';
import { Folder } from '../testing/capture-folder.js';
import { noTestpmd, replayWithTestpmd } from '../testing/testpmd.js';
import { readFrames } from './capture.js';
import { devargsPath } from './devargs-path.js';

const folder = new Folder();

for (const name of [
  'plain.pcap',
  'with space.pcap',
  'ünï.pcap',
  'a+b@c%d~e(f)#g:h;i"j\'k\\l.pcap',
]) {
  test(`${name} stands for itself`, () => {
    const safe = devargsPath(join(folder.path, name));
    assert.equal(safe.path, join(folder.path, name));
    safe.dispose();
  });
}

test('a relative path stays relative', () => {
  assert.equal(devargsPath('captures/a.pcap').path, 'captures/a.pcap');
});

for (const name of ['a,b', 'a=b', 'a[b', 'a]b', 'a\nb', 'a\tb', 'in,a=folder/a']) {
  test(`${JSON.stringify(name)} is reached through a private link, to read and to write`, () => {
    const file = join(folder.path, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, 'in');
    const safe = devargsPath(file);
    assert.doesNotMatch(safe.path, /[,=[\]\n\t]/);
    assert.equal(readFileSync(safe.path, 'utf8'), 'in');
    assert.equal(statSync(dirname(safe.path)).mode & 0o777, 0o700);

    const output = devargsPath(`${file}.out`);
    assert.equal(existsSync(`${file}.out`), false);
    writeFileSync(output.path, 'out');
    for (const path of [safe, output, safe]) path.dispose();
    assert.equal(readFileSync(`${file}.out`, 'utf8'), 'out');
    assert.equal(readFileSync(file, 'utf8'), 'in');
    assert.equal(existsSync(dirname(safe.path)), false);
    assert.equal(existsSync(dirname(output.path)), false);
  });
}

test('a relative path that is not safe is found from anywhere', () => {
  const safe = devargsPath('no,such.pcap');
  writeFileSync(join(folder.path, 'unrelated'), '');
  assert.notEqual(safe.path, resolve('no,such.pcap'));
  assert.throws(() => readFileSync(safe.path), { code: 'ENOENT' });
  safe.dispose();
});

test('net_pcap reads and writes through links', { skip: noTestpmd() }, async () => {
  const input = folder.file(new PcapWriter().record(frameOf(60)).bytes(), 'a,rx_pcap=b.pcap');
  const output = `${input}.out`;
  const [from, to] = [devargsPath(input), devargsPath(output)];
  await replayWithTestpmd(from.path, to.path, { mode: 'io', frames: 1 });
  from.dispose();
  to.dispose();
  assert.deepEqual([...readFrames(output)].map(Buffer.from), [frameOf(60)]);
});

test('a file named "-" is no standard stream', () => {
  assert.equal(devargsPath('-').path, resolve('-'));
});

test('a temporary folder that is not safe is not used', () => {
  const before = process.env.TMPDIR;
  process.env.TMPDIR = join(folder.path, 'a=b');
  try {
    const safe = devargsPath('x,y');
    assert.doesNotMatch(safe.path, /[,=]/);
    safe.dispose();
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
});

test('a path no link can lead to is refused', () => {
  assert.throws(() => devargsPath('a,\0'), { code: 'PATH_UNUSABLE', exit: 2 });
});
