import assert from 'node:assert/strict';
import { test } from 'node:test';
import { frameOf, PcapngWriter, pack } from '../testing/capture-files.js';
import { Folder, refusal } from '../testing/capture-folder.js';
import { readFrames, scanCapture } from './capture.js';

const folder = new Folder();
const start = (bigEndian = false) => new PcapngWriter(bigEndian).section().interface();
const save = (writer: PcapngWriter) => folder.file(writer.bytes());
const framesIn = (writer: PcapngWriter) => [...readFrames(save(writer))].map(Buffer.from);

for (const bigEndian of [false, true]) {
  test(`reads all three packet blocks, ${bigEndian ? 'big' : 'little'} endian`, () => {
    const writer = start(bigEndian)
      .enhanced(frameOf(61, 1))
      .block(0x0bad, frameOf(33))
      .simple(frameOf(62, 2))
      .obsolete(frameOf(0, 3))
      .block(5, frameOf(20));
    assert.deepEqual(framesIn(writer), [frameOf(61, 1), frameOf(62, 2), frameOf(0, 3)]);
    const { format, frames, bytes, truncated, damage } = scanCapture(save(writer));
    assert.deepEqual([format, frames, bytes], ['pcapng', 3, 123]);
    assert.deepEqual([truncated, damage], [false, undefined]);
  });

  test(`reads further sections, ${bigEndian ? 'big' : 'little'} endian`, () => {
    const writer = start(bigEndian).interface().enhanced(frameOf(60, 1), 1);
    writer.section(1, 7).block(0x0bad).interface().enhanced(frameOf(60, 2));
    assert.deepEqual(framesIn(writer), [frameOf(60, 1), frameOf(60, 2)]);
  });
}

test('a simple packet is as long as the snapshot length lets it be', () => {
  const writer = new PcapngWriter().section().interface(1, 50).simple(frameOf(50), 90);
  assert.deepEqual(framesIn(writer), [frameOf(50)]);
});

test('a frame is its captured bytes, whatever follows them in the block', () => {
  const writer = start().enhanced(frameOf(80), 0, { captured: 61, original: 1500 });
  assert.deepEqual(framesIn(writer), [frameOf(80).subarray(0, 61)]);
});

test('interfaces whose snapshot lengths mean the same are the same', () => {
  const writer = start().interface(1, 262_144).interface(1, 0x80000000).enhanced(frameOf(60), 2);
  assert.equal(scanCapture(save(writer)).frames, 1);
});

test('skips blocks up to 16 MiB and no larger', () => {
  const writer = start()
    .block(0x0bad, Buffer.alloc((16 << 20) - 12))
    .enhanced(frameOf(60));
  assert.equal(scanCapture(save(writer)).frames, 1);
  const larger = start()
    .block(0x0bad, Buffer.alloc((16 << 20) - 8))
    .enhanced(frameOf(60));
  const info = scanCapture(save(larger));
  assert.deepEqual([info.frames, info.truncated], [0, true]);
  assert.match(info.damage ?? '', /claims a length of 16777220 bytes/);
});

test('refuses interfaces of different link types, after the frames before them', () => {
  const writer = start().enhanced(frameOf(60)).interface(113).enhanced(frameOf(60), 1);
  const file = save(writer);
  assert.match(refusal(file, 'INPUT_UNSUPPORTED'), /interfaces differ: one is LINKTYPE_LINUX_SLL/);
  const frames = readFrames(file);
  assert.equal(frames.next().done, false);
  assert.throws(() => frames.next());
});

test('refuses interfaces of different snapshot lengths', () => {
  const line = refusal(save(start().interface(1, 96)), 'INPUT_UNSUPPORTED');
  assert.match(line, /the snapshot lengths 262144 and 96,.*"editcap -F pcap"/);
});

test('refuses a section in the other byte order', () => {
  const other = start(true).enhanced(frameOf(60)).bytes();
  const file = save(start().enhanced(frameOf(60)).raw(other));
  assert.match(refusal(file, 'INPUT_UNSUPPORTED'), /sections of different byte order/);
});

test('refuses versions libpcap does not read', () => {
  for (const [major, minor] of [
    [2, 0],
    [0, 9],
    [1, 1],
    [1, 3],
  ]) {
    const file = save(new PcapngWriter().section(major, minor).interface());
    assert.match(refusal(file, 'INPUT_UNSUPPORTED'), /is in pcapng version \d\.\d,/);
  }
  assert.equal(scanCapture(save(new PcapngWriter().section(1, 2).interface())).frames, 0);
  refusal(save(start().section(2, 0)), 'INPUT_UNSUPPORTED');
});

test('names the link type of what is not Ethernet', () => {
  const line = refusal(save(new PcapngWriter().section().interface(127)), 'INPUT_LINK_TYPE');
  assert.match(line, /holds LINKTYPE_IEEE802_11_RADIOTAP frames \(link type 127\)/);
});

const unopened: [what: string, file: PcapngWriter, reason: RegExp][] = [
  ['no interface', new PcapngWriter().section(), /describes no interface/],
  [
    'a packet first',
    new PcapngWriter().section().simple(frameOf(60)),
    /before the first interface/,
  ],
  [
    'a section too short',
    new PcapngWriter().block(0x0a0d0d0a, pack(false, 'II', 0x1a2b3c4d, 1)),
    /length of 20 /,
  ],
  ['an interface too short', new PcapngWriter().section().block(1), /interface is too short/],
  ['half a section', new PcapngWriter().raw(start().bytes().subarray(0, 20)), /inside its section/],
  [
    'half an interface',
    new PcapngWriter().raw(start().bytes().subarray(0, 40)),
    /before its first/,
  ],
  ['two lengths', new PcapngWriter().section().raw(pack(false, 'III', 9, 12, 16)), /two different/],
];
for (const [what, writer, reason] of unopened) {
  test(`a file with ${what} is no capture`, () => {
    assert.match(refusal(save(writer), 'INPUT_NOT_CAPTURE'), reason);
  });
}

const damages: [what: string, damage: (writer: PcapngWriter) => PcapngWriter, reason: RegExp][] = [
  [
    'an unknown interface',
    (w) => w.enhanced(frameOf(60), 1),
    /interface 1, which is not described/,
  ],
  ['no interface in its section', (w) => w.section().simple(frameOf(9)), /interface 0, which is/],
  ['more than the block', (w) => w.enhanced(frameOf(60), 0, { captured: 61 }), /too short/],
  ['no room for its header', (w) => w.block(6, frameOf(16)), /too short/],
  ['a length of 13', (w) => w.raw(pack(false, 'IIII', 6, 13, 0, 0)), /length of 13 bytes/],
  ['a length of 8', (w) => w.raw(pack(false, 'IIII', 6, 8, 0, 0)), /length of 8 bytes/],
  ['a section without order', (w) => w.block(0x0a0d0d0a, frameOf(16)), /has no byte order/],
];
for (const [what, damage, reason] of damages) {
  test(`stops at a block with ${what}`, () => {
    const writer = damage(start().enhanced(frameOf(60))).enhanced(frameOf(60));
    const info = scanCapture(save(writer));
    assert.deepEqual([info.frames, info.truncated], [1, true]);
    assert.match(info.damage ?? '', reason);
  });
}

test('stops at a packet longer than the snapshot length', () => {
  const writer = new PcapngWriter().section().interface(1, 50).enhanced(frameOf(50));
  const info = scanCapture(save(writer.enhanced(frameOf(51))));
  assert.equal(info.frames, 1);
  assert.match(info.damage ?? '', /51 captured bytes, more than the snapshot length 50/);
});

test('options decide whether libpcap takes an interface', () => {
  const w = new PcapngWriter();
  const one = (value: number) => Buffer.from([value]);
  const end = w.option(0, Buffer.alloc(0));
  const good = [
    [w.option(2, Buffer.from('eth0')), w.option(9, one(9)), w.option(14, Buffer.alloc(8)), end],
    [w.option(9, one(19))],
    [w.option(9, one(0x80 | 63))],
    [end, Buffer.from([1, 2, 3, 4])],
  ];
  for (const options of good) {
    const file = save(new PcapngWriter().section().interface(1, 0, Buffer.concat(options)));
    assert.equal(scanCapture(file).truncated, false);
  }
  const bad: [Buffer[], RegExp][] = [
    [[w.option(9, one(20))], /if_tsresol 20 is finer/],
    [[w.option(9, one(0x80 | 64))], /if_tsresol 192 is finer/],
    [[w.option(9, Buffer.alloc(2))], /if_tsresol has a length of 2/],
    [[w.option(14, Buffer.alloc(4))], /if_tsoffset has a length of 4/],
    [[w.option(9, one(6)), w.option(9, one(6))], /more than one if_tsresol/],
    [[w.option(2, Buffer.alloc(4), 9)], /cut short/],
    [[w.option(0, Buffer.alloc(4))], /the end of the options/],
  ];
  for (const [options, reason] of bad) {
    const bytes = Buffer.concat(options);
    const first = save(new PcapngWriter().section().interface(1, 0, bytes));
    assert.match(refusal(first, 'INPUT_NOT_CAPTURE'), reason);
    const second = scanCapture(save(start().enhanced(frameOf(60)).interface(1, 0, bytes)));
    assert.equal(second.frames, 1);
    assert.match(second.damage ?? '', reason);
  }
});
