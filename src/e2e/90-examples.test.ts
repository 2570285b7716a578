import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readFrames } from '../capture/capture.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const sample = [...readFrames(`${root}data/sample.pcap`)];

function run(example: string): string {
  mkdirSync(`${root}out`, { recursive: true });
  const file = `dist/examples/${example}.js`;
  return execFileSync(process.execPath, [file], { cwd: root, encoding: 'utf8' });
}

/** Sum of an IPv4 header's words with the carries added in: 0xffff where its checksum is right. */
function headerSum(frame: Uint8Array): number {
  let sum = 0;
  const end = 14 + 4 * (frame[14] & 15);
  for (let i = 14; i < end; i += 2) sum += (frame[i] << 8) | frame[i + 1];
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return sum;
}

describe('the examples', () => {
  it('swap: exchanges the MAC addresses of every frame', () => {
    assert.match(run('swap'), new RegExp(`^${sample.length} frames`));
    const sent = [...readFrames(`${root}out/example.pcap`)];
    assert.equal(sent.length, sample.length);
    for (const [i, frame] of sample.entries()) {
      const wanted = [...frame.slice(6, 12), ...frame.slice(0, 6), ...frame.slice(12)];
      assert.deepEqual([...sent[i]], wanted);
    }
  });

  it('ttl-kernel: decrements the TTL of IPv4, leaves a right checksum, and nothing else', () => {
    run('ttl-kernel');
    const sent = [...readFrames(`${root}out/ttl.pcap`)];
    assert.equal(sent.length, sample.length);
    let changed = 0;
    for (const [i, frame] of sample.entries()) {
      const wanted = Uint8Array.from(frame);
      if (frame.length >= 34 && frame[12] === 8 && frame[13] === 0) {
        changed++;
        assert.equal(headerSum(sent[i]), 0xffff, `frame ${i + 1}`);
        wanted[22]--;
        wanted.set(sent[i].slice(24, 26), 24);
      }
      assert.deepEqual(sent[i], wanted);
    }
    assert.ok(changed > 1000, `only ${changed} IPv4 frames`);
  });

  it('header-split: marks headers on the CPU while the GPU works on payloads', () => {
    run('header-split');
    const sent = [...readFrames(`${root}out/cipher.pcap`)];
    assert.equal(sent.length, sample.length);
    let marked = 0;
    for (const [i, frame] of sample.entries()) {
      const wanted = frame.map((byte, at) => (at < 42 ? byte : byte ^ 0x5a));
      if (frame.length >= 34 && frame[12] === 8 && frame[13] === 0 && frame[23] === 17) {
        marked++;
        assert.equal(headerSum(sent[i]), 0xffff, `frame ${i + 1}`);
        wanted[15] = 0xb8 | (frame[15] & 3);
        wanted.set(sent[i].slice(24, 26), 24);
      }
      assert.deepEqual(sent[i], wanted);
    }
    assert.ok(marked > 100, `only ${marked} UDP packets`);
  });

  it('the README shows them as they are', () => {
    const readme = readFileSync(`${root}README.md`, 'utf8');
    const source = readFileSync(`${root}src/examples/swap.ts`, 'utf8');
    assert.ok(readme.includes(source.trim()), 'README.md and src/examples/swap.ts differ');
  });
});
