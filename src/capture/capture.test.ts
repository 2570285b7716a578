import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { WarplineError } from '../errors.js';
import {
  frameOf,
  PCAP_MICRO,
  PCAP_NANO,
  PCAP_PATCHED,
  PcapngWriter,
  PcapWriter,
} from '../testing/capture-files.js';
import { Folder, refusal } from '../testing/capture-folder.js';
import { frameHash, type LibpcapReading, libpcapReader } from '../testing/libpcap.js';
import { readFrames, scanCapture } from './capture.js';

const folder = new Folder();
const libpcap = libpcapReader();
const skip = typeof libpcap === 'string' ? `no libpcap to compare with: ${libpcap}` : false;
const askLibpcap = (files: string[]) => (typeof libpcap === 'string' ? [] : libpcap(files));

test('refuses what cannot be read', () => {
  const missing = refusal(join(folder.path, 'missing.pcap'), 'INPUT_NOT_FOUND');
  assert.match(missing, /cannot read .*missing\.pcap: no such file or directory\. Name a/);
  assert.match(refusal(folder.path, 'INPUT_NOT_FOUND'), /it is a directory/);
  assert.match(refusal('', 'INPUT_NOT_FOUND'), /no such file/);
  assert.match(refusal('a\0b', 'INPUT_NOT_FOUND'), /cannot read "a\\u0000b"/);
  assert.match(refusal('/dev/null', 'INPUT_NOT_FOUND'), /no regular file/);
  const fifo = join(folder.path, 'fifo');
  execFileSync('mkfifo', [fifo]);
  assert.match(refusal(fifo, 'INPUT_NOT_FOUND'), /no regular file/);
});

test('refuses a file without the right to read it', (t) => {
  const file = folder.file(new PcapWriter().bytes());
  chmodSync(file, 0);
  const { geteuid, seteuid } = process;
  const root = geteuid?.() === 0;
  if (root) {
    chmodSync(folder.path, 0o755);
    seteuid?.(65_534);
  }
  try {
    assert.match(refusal(file, 'INPUT_NOT_FOUND'), /permission denied/);
  } finally {
    if (root) seteuid?.(0);
  }
  t.diagnostic(root ? 'as nobody' : 'as an ordinary user');
});

test('refuses what is no capture, and says what it looks like', () => {
  assert.match(refusal(folder.file(''), 'INPUT_NOT_CAPTURE'), /it is empty/);
  assert.match(refusal(folder.file('a,b\n1,2\n'), 'INPUT_NOT_CAPTURE'), /neither a pcap nor/);
  assert.match(refusal(folder.file('\n\r\r\nno section'), 'INPUT_NOT_CAPTURE'), /neither a pcap/);
  const packed = folder.file(Buffer.from('1f8b08000000', 'hex'));
  assert.match(refusal(packed, 'INPUT_NOT_CAPTURE'), /packed with gzip, unpack it first/);
  for (const bytes of [1, 2, 3]) {
    const start = new PcapWriter().bytes().subarray(0, bytes);
    assert.match(refusal(folder.file(start), 'INPUT_NOT_CAPTURE'), /neither a pcap nor/);
  }
});

test('reads captures larger than its window', () => {
  const lengths = Array.from({ length: 40 }, (_, index) => (index * 40_503) % 262_145);
  const frames = lengths.map((length, index) => frameOf(length, index));
  const pcap = new PcapWriter();
  const pcapng = new PcapngWriter().section().interface();
  for (const frame of frames) {
    pcap.record(frame);
    pcapng.block(0x0bad, Buffer.alloc(2_000_000)).enhanced(frame);
  }
  for (const file of [folder.file(pcap.bytes()), folder.file(pcapng.bytes())]) {
    let index = 0;
    for (const frame of readFrames(file)) {
      assert.equal(frameHash(frame), frameHash(frames[index]), `${file}: frame ${index}`);
      index++;
    }
    assert.equal(index, frames.length);
    const info = scanCapture(file);
    assert.equal(
      info.bytes,
      lengths.reduce((sum, length) => sum + length),
    );
    assert.equal(info.maxLength, Math.max(...lengths));
    assert.equal(info.longestFrame, lengths.indexOf(info.maxLength) + 1);
    assert.deepEqual(
      [...info.lengths.keys()],
      [...new Set(lengths)].sort((a, b) => a - b),
    );
  }
});

const small = [frameOf(14, 1), frameOf(0, 2), frameOf(33, 3)];
const variants: [name: string, bytes: Buffer][] = [];
for (const bigEndian of [false, true]) {
  for (const magic of [PCAP_MICRO, PCAP_NANO, PCAP_PATCHED]) {
    const pcap = new PcapWriter({ magic, bigEndian, snaplen: 30 });
    for (const frame of small) pcap.record(frame);
    variants.push([`pcap 0x${magic.toString(16)} ${bigEndian}`, pcap.bytes()]);
  }
  const options = new PcapngWriter(bigEndian).option(9, Buffer.from([9]));
  const pcapng = new PcapngWriter(bigEndian).section().interface(1, 64, options);
  pcapng.enhanced(small[0]).block(5, frameOf(7)).simple(small[1]).interface(1, 64, options);
  pcapng.obsolete(small[2], 1).section().interface(1, 64).enhanced(small[0]);
  variants.push([`pcapng ${bigEndian}`, pcapng.bytes()]);
}

for (const [name, bytes] of variants) {
  test(`${name} cut at every byte: whole frames count, and no more`, () => {
    const whole = [...readFrames(folder.file(bytes))].map(frameHash);
    assert.ok(whole.length >= 3);
    let before = 0;
    for (let length = 0; length < bytes.length; length++) {
      const file = folder.file(bytes.subarray(0, length), 'cut');
      const { info, frames } = attempt(file);
      if (info === undefined) {
        assert.equal(before, 0, `refused at ${length}, though shorter was not`);
        continue;
      }
      assert.equal(info.damage, undefined);
      assert.ok(info.frames >= before && info.frames <= before + 1);
      assert.deepEqual(frames, whole.slice(0, info.frames));
      before = info.frames;
    }
    assert.equal(before, whole.length - 1);
  });
}

const frame = fc.uint8Array({ maxLength: 80 });

test('what is written is read, whatever the format and the byte order', () => {
  const shape = fc.record({
    pcapng: fc.boolean(),
    bigEndian: fc.boolean(),
    magic: fc.constantFrom(PCAP_MICRO, PCAP_NANO, PCAP_PATCHED),
    frames: fc.array(fc.tuple(frame, fc.constantFrom('enhanced', 'simple', 'obsolete')), {
      maxLength: 20,
    }),
  });
  fc.assert(
    fc.property(shape, ({ pcapng, bigEndian, magic, frames }) => {
      const ng = new PcapngWriter(bigEndian).section().interface();
      const classic = new PcapWriter({ magic, bigEndian });
      for (const [bytes, kind] of frames) {
        if (kind === 'enhanced') ng.enhanced(bytes);
        if (kind === 'simple') ng.simple(bytes);
        if (kind === 'obsolete') ng.obsolete(bytes);
        classic.record(bytes);
      }
      const file = folder.file((pcapng ? ng : classic).bytes(), 'round-trip');
      assert.deepEqual(
        [...readFrames(file)].map(frameHash),
        frames.map(([b]) => frameHash(b)),
      );
      const info = scanCapture(file);
      const counted = [...info.lengths.values()].reduce((sum, count) => sum + count, 0);
      assert.deepEqual(
        [info.frames, counted, info.truncated],
        [frames.length, frames.length, false],
      );
    }),
    { numRuns: 200 },
  );
});

test('agrees with libpcap on captures cut off and damaged at random', { skip }, (t) => {
  const seed = Date.now() | 0;
  t.diagnostic(`seed ${seed}`);
  const edit = fc.record({
    variant: fc.nat(variants.length - 1),
    edits: fc.array(
      fc.record({
        at: fc.nat(400),
        value: fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 2, 4, 0x7f, 0x80, 0xff)),
      }),
      { maxLength: 3 },
    ),
    keep: fc.oneof(fc.constant(1), fc.double({ min: 0, max: 1, noNaN: true })),
  });
  const files = fc.sample(edit, { numRuns: 1500, seed }).map(({ variant, edits, keep }) => {
    const bytes = Buffer.from(variants[variant][1]);
    for (const { at, value } of edits) bytes[at % bytes.length] = value;
    return folder.file(bytes.subarray(0, Math.round(bytes.length * keep)));
  });
  askLibpcap(files).forEach((reading, index) => {
    assertAgrees(files[index], reading);
  });
});

const shared = fileURLToPath(new URL('../../../shared/captures/', import.meta.url));
const captures = sharedCaptures();

test('agrees with libpcap on every shared capture', {
  skip: skip || (captures.length === 0 && 'no captures in ../shared/captures'),
}, () => {
  const readings = askLibpcap(captures);
  readings.forEach((reading, index) => {
    assertAgrees(captures[index], reading);
  });
  assert.ok(readings.some(({ dataLink }) => dataLink === 1));
  assert.ok(readings.some(({ dataLink }) => dataLink > 1));
});

function sharedCaptures(): string[] {
  try {
    const names = readdirSync(shared).filter((name) => /\.pcap(ng)?$/.test(name));
    return names.map((name) => join(shared, name));
  } catch {
    return [];
  }
}

type Attempt = { info?: ReturnType<typeof scanCapture>; frames: number[]; error?: WarplineError };

/** Scans and reads a file; nothing but a WarplineError may come out of either. */
function attempt(file: string): Attempt {
  const frames: number[] = [];
  try {
    for (const bytes of readFrames(file)) frames.push(frameHash(bytes));
    return { info: scanCapture(file), frames };
  } catch (error) {
    assert.ok(error instanceof WarplineError, String(error));
    assert.throws(() => scanCapture(file), { code: error.code });
    return { frames, error };
  }
}

function assertAgrees(file: string, reading: LibpcapReading): void {
  const { info, frames, error } = attempt(file);
  const what = `${file}: libpcap ${JSON.stringify(reading).slice(0, 300)}, ours ${error?.line}`;
  if (reading.refused !== undefined) {
    assert.match(error?.code ?? 'read', /^INPUT_(NOT_CAPTURE|UNSUPPORTED)$/, what);
    return;
  }
  assert.equal(error?.code === 'INPUT_LINK_TYPE', reading.dataLink !== 1, what);
  if (reading.dataLink !== 1) return;
  assert.deepEqual(
    frames,
    reading.frames.map(({ hash }) => hash),
    what,
  );
  if (info === undefined) {
    assert.equal(error?.code, 'INPUT_UNSUPPORTED', what);
    assert.match(reading.error ?? 'none', /different|version/, what);
    return;
  }
  const bytes = reading.frames.reduce((sum, { length }) => sum + length, 0);
  assert.deepEqual([info.frames, info.bytes], [reading.frames.length, bytes], what);
  assert.equal(info.truncated, reading.error !== undefined, what);
}
