import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  frameOf,
  PCAP_MICRO,
  PCAP_NANO,
  PCAP_PATCHED,
  PcapWriter,
} from '../testing/capture-files.js';
import { Folder, refusal } from '../testing/capture-folder.js';
import { readFrames, scanCapture } from './capture.js';
import { linkTypeName } from './link-types.js';

const folder = new Folder();
const frames = [frameOf(60, 1), frameOf(0, 2), frameOf(1514, 3), frameOf(9000, 4)];

for (const magic of [PCAP_MICRO, PCAP_NANO, PCAP_PATCHED]) {
  for (const bigEndian of [false, true]) {
    const name = `0x${magic.toString(16)}, ${bigEndian ? 'big' : 'little'} endian`;
    test(`reads every frame of magic ${name}`, () => {
      const writer = new PcapWriter({ magic, bigEndian });
      for (const frame of frames) writer.record(frame);
      const file = folder.file(writer.bytes());
      assert.deepEqual([...readFrames(file)].map(Buffer.from), frames);
      const { lengths, ...info } = scanCapture(file);
      assert.deepEqual(info, {
        file,
        format: 'pcap',
        frames: 4,
        bytes: 60 + 1514 + 9000,
        minLength: 0,
        maxLength: 9000,
        longestFrame: 4,
        truncated: false,
      });
      assert.deepEqual(
        [...lengths],
        [0, 60, 1514, 9000].map((length) => [length, 1]),
      );
    });
  }
}

test('a capture without frames is one', () => {
  const info = scanCapture(folder.file(new PcapWriter().bytes()));
  assert.deepEqual([info.frames, info.minLength, info.maxLength, info.longestFrame], [0, 0, 0, 0]);
  assert.equal(info.truncated, false);
});

test('the longest of frames without bytes is the first', () => {
  const writer = new PcapWriter().record(frameOf(0)).record(frameOf(0));
  const { frames, maxLength, longestFrame } = scanCapture(folder.file(writer.bytes()));
  assert.deepEqual([frames, maxLength, longestFrame], [2, 0, 1]);
});

test('hands out no more of a frame than the snapshot length, as libpcap does', () => {
  const writer = new PcapWriter({ snaplen: 100 }).record(frameOf(150, 1)).record(frameOf(20, 2));
  const got = [...readFrames(folder.file(writer.bytes()))].map(Buffer.from);
  assert.deepEqual(got, [frameOf(150, 1).subarray(0, 100), frameOf(20, 2)]);
});

test('allows a patched capture 14 bytes more than its snapshot length', () => {
  const writer = new PcapWriter({ magic: PCAP_PATCHED, snaplen: 100 }).record(frameOf(150));
  assert.equal(scanCapture(folder.file(writer.bytes())).maxLength, 114);
});

for (const snaplen of [0, 0x80000000, 0xffffffff]) {
  test(`takes snapshot length ${snaplen} for none given`, () => {
    const writer = new PcapWriter({ snaplen }).record(frameOf(200_000));
    assert.equal(scanCapture(folder.file(writer.bytes())).maxLength, 200_000);
  });
}

test('knows where old versions put the two lengths', () => {
  const lengthIn = (version: [number, number], captured: number, original: number) => {
    const writer = new PcapWriter({ version }).record(frameOf(40), { captured, original });
    return scanCapture(folder.file(writer.bytes())).bytes;
  };
  assert.equal(lengthIn([2, 2], 90, 40), 40);
  assert.equal(lengthIn([543, 0], 90, 40), 40);
  assert.equal(lengthIn([2, 3], 90, 40), 40);
  assert.equal(lengthIn([2, 3], 40, 90), 40);
  assert.equal(lengthIn([2, 4], 40, 90), 40);
});

for (const version of [
  [1, 4],
  [2, 5],
  [3, 0],
  [543, 1],
] as [number, number][]) {
  test(`refuses version ${version.join('.')}`, () => {
    const line = refusal(folder.file(new PcapWriter({ version }).bytes()), 'INPUT_UNSUPPORTED');
    assert.match(line, new RegExp(`is in pcap version ${version.join('\\.')},`));
  });
}

test('stops at a record with a length nobody captures, and says so', () => {
  const writer = new PcapWriter().record(frameOf(60)).record(frameOf(64));
  writer.record(frameOf(60), { captured: 262_145 }).record(frameOf(60));
  const info = scanCapture(folder.file(writer.bytes()));
  assert.deepEqual([info.frames, info.bytes, info.truncated], [2, 124, true]);
  assert.match(info.damage ?? '', /frame 3 claims 262145 captured bytes/);
});

test('names the link type of what is not Ethernet', () => {
  const line = refusal(folder.file(new PcapWriter({ linkType: 113 }).bytes()), 'INPUT_LINK_TYPE');
  assert.match(line, / holds LINKTYPE_LINUX_SLL frames \(link type 113\), not Ethernet\. /);
  const unknown = refusal(
    folder.file(new PcapWriter({ linkType: 9999 }).bytes()),
    'INPUT_LINK_TYPE',
  );
  assert.match(unknown, / holds unknown frames \(link type 9999\)/);
});

test('knows link types from both ends of the registry', () => {
  const names = 'NULL ETHERNET PPP RAW IEEE802_11_RADIOTAP USER0 USER15 LINUX_SLL2 DECT_NR';
  assert.deepEqual(
    [0, 1, 9, 101, 127, 147, 162, 276, 301].map(linkTypeName),
    names.split(' ').map((name) => `LINKTYPE_${name}`),
  );
  assert.equal(linkTypeName(302), 'unknown');
});

test('Ethernet stays Ethernet where the upper bits tell of a frame check sequence', () => {
  const writer = new PcapWriter({ linkType: 0x24000001 }).record(frameOf(64));
  assert.equal(scanCapture(folder.file(writer.bytes())).frames, 1);
});

test('refuses a file that ends inside its header', () => {
  const line = refusal(folder.file(new PcapWriter().bytes().subarray(0, 23)), 'INPUT_NOT_CAPTURE');
  assert.match(line, /ends inside its pcap file header, after 23 of 24 bytes/);
});
