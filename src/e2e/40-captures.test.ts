import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { METHODS, type MethodName } from '../apps/l2fwd/options.js';
import { readFrames } from '../capture/capture.js';
import { LONGEST_REPLAYED_FRAME } from '../capture/replay.js';
import { Folder } from '../testing/capture-folder.js';
import { CHECKOUT, type Ended } from '../testing/command-line.js';
import { assertFrames, assertLossless, forwarded } from '../testing/forwarding.js';
import { type L2fwdEnded, l2fwd, l2fwdHere } from '../testing/l2fwd-program.js';
import { frameHash, type LibpcapReading, libpcapReader } from '../testing/libpcap.js';

// Captures of the wild: many protocols, several link types, many malformed on purpose. Each is
// forwarded, every frame of it, or refused with exit 2 and one line. libpcap is the judge of what a
// file holds, and of what was written.

const captures = join(CHECKOUT, '../shared/captures');
const names = existsSync(captures)
  ? readdirSync(captures).filter((name) => /\.pcap(ng)?$/.test(name))
  : [];
const skip = names.length === 0 && 'there are no captures in ../shared/captures';
const folder = new Folder();
const libpcap = libpcapReader();

/** What libpcap reads from a file, or why there is no telling. */
function asLibpcapReads(file: string): LibpcapReading | undefined {
  return typeof libpcap === 'string' ? undefined : libpcap([file])[0];
}

/** What libpcap will not read as Ethernet, or net_pcap not send whole, must be refused. */
function mustRefuse({ refused, dataLink, frames }: LibpcapReading): boolean {
  const tooLong = frames.some(({ length }) => length > LONGEST_REPLAYED_FRAME);
  return refused !== undefined || dataLink !== 1 || tooLong;
}

function judge(input: string, output: string, method: MethodName, ended: L2fwdEnded): void {
  const reading = asLibpcapReads(input);
  if (reading !== undefined) assert.equal(ended.status, mustRefuse(reading) ? 2 : 0, ended.stderr);
  if (ended.status === 2) judgeRefusal(input, output, ended);
  else judgeForwarding(input, output, method, ended);
}

function judgeRefusal(input: string, output: string, { stdout, stderr }: Ended): void {
  assert.equal(stdout, '');
  assert.match(stderr, /^warpline: INPUT_(NOT_CAPTURE|LINK_TYPE|UNSUPPORTED): [^\n]+\.\n$/);
  assert.ok(stderr.includes(input), stderr);
  assert.ok(!existsSync(output), 'an output for an input that was refused');
}

function judgeForwarding(input: string, output: string, method: MethodName, run: L2fwdEnded): void {
  const { status, result } = run;
  assert.equal(status, 0, run.stderr);
  const frames = [...readFrames(input)].map((frame) => forwarded(frame, method));
  assertLossless(result, frames.length);
  assert.deepEqual(result.verify, { checked: frames.length, wrong: 0 });
  assertFrames(readFrames(output), frames);

  const whole = asLibpcapReads(input)?.error === undefined;
  assert.deepEqual(result.input, { file: input, frames: frames.length, truncated: !whole });
  assert.equal(run.stderr === '', whole, run.stderr);
  const written = asLibpcapReads(output);
  if (written === undefined) return;
  const expected = frames.map((frame) => ({ length: frame.length, hash: frameHash(frame) }));
  assert.deepEqual(written, { dataLink: 1, frames: expected });
}

describe('each capture is forwarded whole or refused', { skip }, () => {
  names.forEach((name, i) => {
    // Every method sees every seventh file, in both kinds of memory.
    const method = METHODS[i % METHODS.length];
    const memory = i % 2 === 0 ? 'host' : 'gpu';
    it(`${name} (${method}, ${memory} memory)`, { timeout: 30_000 }, async () => {
      const [input, output] = [join(captures, name), join(folder.path, `${name}.out`)];
      const how = ['--method', method, '--memory', memory, '--burst', '8', '--verify'];
      const ended = await l2fwdHere(['--in', input, '--out', output, ...how]);
      judge(input, output, method, ended);
    });
  });

  for (const name of ['spb.pcap', 'msnlb2.pcapng', 'dsa.pcap', 'zephyr-oobr.pcap'])
    it(`${name}, by bin/warpline`, {
      skip: !names.includes(name) && 'it is not there',
    }, async () => {
      const [input, output] = [join(captures, name), join(folder.path, `${name}.own`)];
      const ended = await l2fwd(['--in', input, '--out', output, '--verify']);
      judge(input, output, 'persistent', ended);
    });
});
