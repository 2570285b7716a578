import assert from 'node:assert/strict';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { METHODS } from '../apps/l2fwd/options.js';
import { readFrames, scanCapture } from '../capture/capture.js';
import {
  frameOf,
  PCAP_NANO,
  PCAP_PATCHED,
  PcapngWriter,
  PcapWriter,
} from '../testing/capture-files.js';
import { Folder } from '../testing/capture-folder.js';
import { assertFrames, assertLossless, forwarded } from '../testing/forwarding.js';
import { L2fwdProcess } from '../testing/l2fwd-process.js';
import { type L2fwdEnded, l2fwdHere } from '../testing/l2fwd-program.js';

// What --in takes: pcap and pcapng of every shape, files cut off anywhere, captures of one frame
// and of none, names of any letters. The methods take turns.

const folder = new Folder();
const frames = [60, 1514, 64, 3000, 12, 333].map((length, i) => frameOf(length, i));

let turn = 0;

/** Forwards a capture with the next method, checks the frames that come out; gives the rest. */
async function forward(bytes: Uint8Array, expected: Uint8Array[]): Promise<L2fwdEnded> {
  const method = METHODS[turn++ % METHODS.length];
  const input = folder.file(bytes);
  const output = `${input}.out`;
  const how = ['--in', input, '--out', output, '--method', method, '--burst', '4', '--verify'];
  const ended = await l2fwdHere(how);
  assert.equal(ended.status, 0, `${method}: ${ended.stderr}`);
  assertLossless(ended.result, expected.length);
  assert.deepEqual(ended.result.verify, { checked: expected.length, wrong: 0 });
  assert.equal(ended.result.input?.frames, expected.length);
  const leaving = expected.map((frame) => forwarded(frame, method));
  assertFrames(readFrames(output), leaving, `${method}: frame`);
  return ended;
}

const pcap = (options = {}) => {
  const writer = new PcapWriter(options);
  for (const frame of frames) writer.record(frame);
  return writer.bytes();
};

const pcapng = (bigEndian: boolean, kind: 'enhanced' | 'simple' | 'obsolete') => {
  const writer = new PcapngWriter(bigEndian).section().interface();
  for (const frame of frames) writer[kind](frame);
  return writer.bytes();
};

const formats = {
  'pcap, microseconds': pcap(),
  'pcap, nanoseconds': pcap({ magic: PCAP_NANO }),
  'pcap, big-endian': pcap({ bigEndian: true }),
  'pcap, with the patch of Kuznetsov': pcap({ magic: PCAP_PATCHED }),
  'pcapng, enhanced packet blocks': pcapng(false, 'enhanced'),
  'pcapng, big-endian': pcapng(true, 'enhanced'),
  'pcapng, simple packet blocks': pcapng(false, 'simple'),
  'pcapng, obsolete packet blocks': pcapng(false, 'obsolete'),
};

describe('a format', () => {
  for (const [name, bytes] of Object.entries(formats))
    it(name, async () => {
      const { stderr, result } = await forward(bytes, frames);
      assert.equal(stderr, '');
      assert.equal(result.input?.truncated, false);
    });
});

/** Where a record begins in `pcap()`: 24 bytes for the file, 16 for each record's header. */
const starts = frames.map((_, i) =>
  frames.slice(0, i).reduce((at, { length }) => at + 16 + length, 24),
);

describe('a capture cut off', () => {
  const whole = pcap();
  const last = frames.length - 1;
  const places = [0, 1, 3, last].flatMap((i) => [
    { what: `after the first byte of record ${i}`, at: starts[i] + 1, left: i },
    { what: `before the last byte of record ${i}'s header`, at: starts[i] + 15, left: i },
    { what: `between record ${i}'s header and its frame`, at: starts[i] + 16, left: i },
    { what: `before the last byte of frame ${i}`, at: starts[i] + 15 + frames[i].length, left: i },
  ]);

  for (const { what, at, left } of places)
    it(`${what}: its ${left} whole frames go out, with a warning, exit 0`, async () => {
      const { stderr, result } = await forward(whole.subarray(0, at), frames.slice(0, left));
      assert.match(stderr, /^warpline: warning: \S+ is cut off; [^\n]*\n$/);
      assert.equal(result.input?.truncated, true);
    });

  it('between two records is one that is whole', async () => {
    for (const i of [1, 4]) {
      const { stderr, result } = await forward(whole.subarray(0, starts[i]), frames.slice(0, i));
      assert.equal(stderr, '');
      assert.equal(result.input?.truncated, false);
    }
  });

  it('in a block of pcapng', async () => {
    const blocks = formats['pcapng, enhanced packet blocks'];
    for (const cut of [1, 4, 5, 340]) {
      const { stderr, result } = await forward(blocks.subarray(0, -cut), frames.slice(0, -1));
      assert.match(stderr, /^warpline: warning: \S+ is cut off; [^\n]*\n$/);
      assert.equal(result.input?.truncated, true);
    }
  });

  it('in the header of the file is none: exit 2', async () => {
    for (const at of [0, 3, 4, 23]) {
      const { status, stdout, stderr } = await l2fwdHere([
        '--in',
        folder.file(whole.subarray(0, at)),
      ]);
      assert.deepEqual([status, stdout], [2, '']);
      assert.match(stderr, /^warpline: INPUT_NOT_CAPTURE: [^\n]+\n$/);
    }
  });

  it('by a record that is damaged: what stands before it goes out', async () => {
    const writer = new PcapWriter().record(frames[0]).record(frames[1]);
    const bytes = writer.record(frames[2], { captured: 0x7fffffff }).record(frames[3]).bytes();
    const { stderr, result } = await forward(bytes, frames.slice(0, 2));
    assert.match(stderr, /^warpline: warning: /);
    assert.equal(result.input?.truncated, true);
  });
});

describe('a capture of no frames and of one', () => {
  for (const method of METHODS)
    it(`with ${method}`, async () => {
      for (const all of [[], [frameOf(77)]]) {
        const writer = new PcapWriter();
        for (const frame of all) writer.record(frame);
        const input = folder.file(writer.bytes());
        const output = `${input}.out`;
        const how = ['--in', input, '--out', output, '--method', method, '--verify'];
        const { status, stderr, result } = await l2fwdHere(how);
        assert.deepEqual([status, stderr], [0, '']);
        assertLossless(result, all.length, 77 * all.length);
        const leaving = all.map((frame) => forwarded(frame, method));
        assertFrames(readFrames(output), leaving);
        assert.equal(scanCapture(output).truncated, false);
        assert.equal(result.latencyUs.max > 0, all.length > 0);
      }
    });
});

describe('a name', () => {
  const names = [
    'with spaces in it.pcap',
    'a,b,c.pcap',
    'rx_pcap=a.pcap,tx_pcap=b.pcap',
    '[1].pcap',
    'двенадцать.pcap',
    'it\'s "quoted" \\ $HOME;#.pcap',
    'of two\nlines.pcap',
  ];

  for (const name of names)
    it(JSON.stringify(name), async () => {
      const [from, to] = ['in', 'out'].map((part) => join(folder.path, `${turn}-${part}`));
      for (const path of [from, to]) mkdirSync(path);
      const method = METHODS[turn++ % METHODS.length];
      const input = folder.file(pcap(), join(`${turn - 1}-in`, name));
      const output = join(to, name);
      const how = ['--in', input, '--out', output, '--method', method];
      const { status, stderr, result } = await l2fwdHere(how);
      assert.deepEqual([status, stderr], [0, '']);
      assertLossless(result, frames.length);
      assert.equal(result.input?.file, input);
      const leaving = frames.map((frame) => forwarded(frame, method));
      assertFrames(readFrames(output), leaving);
      assert.deepEqual([readdirSync(from), readdirSync(to)], [[name], [name]]);
    });

  it('that needs a link leaves none behind', async () => {
    const input = folder.file(pcap(), 'x,y.pcap');
    const output = join(folder.path, 'y,x.pcap');
    const ended = await new L2fwdProcess(['--in', input, '--out', output]).ended();
    assert.deepEqual([ended.status, ended.leftovers], [0, []]);
    assertLossless(ended.result, frames.length);
  });

  it('of a file that is not there, or is no file: exit 2', async () => {
    for (const file of ['nowhere/a,b.pcap', folder.path, '/dev/null']) {
      const { status, stdout, stderr } = await l2fwdHere(['--in', file]);
      assert.deepEqual([status, stdout], [2, '']);
      assert.match(stderr, /^warpline: INPUT_NOT_FOUND: [^\n]+\n$/);
    }
  });
});
