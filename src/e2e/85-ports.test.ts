import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { METHODS } from '../apps/l2fwd/options.js';
import { Testpmd } from '../bench/testpmd.js';
import { readFrames, scanCapture } from '../capture/capture.js';
import { native } from '../memory/native.js';
import { frameOf, PcapWriter } from '../testing/capture-files.js';
import { Folder } from '../testing/capture-folder.js';
import { assertFrames, assertLossless, forwarded } from '../testing/forwarding.js';
import { L2fwdProcess } from '../testing/l2fwd-process.js';
import { l2fwdHere } from '../testing/l2fwd-program.js';
import { noTestpmd } from '../testing/testpmd.js';

// One port: packets leave where they came in. Two: what comes in at one leaves at the other.
// Several pipelines: each has a queue of every port, and lcores of its own.

const folder = new Folder();

function capture(name: string, count: number, seed: number): { file: string; frames: Buffer[] } {
  const frames = Array.from({ length: count }, (_, i) => frameOf(60 + ((i * 37) % 1400), seed + i));
  const writer = new PcapWriter();
  for (const frame of frames) writer.record(frame);
  return { file: folder.file(writer.bytes(), name), frames };
}

const a = capture('a.pcap', 700, 1);
const b = capture('b.pcap', 300, 5000);

describe('two ports', () => {
  for (const [i, method] of METHODS.entries())
    it(`cross with ${method}: each sends what the other received`, async () => {
      const [x, y] = ['x', 'y'].map((name) => join(folder.path, `${method}-${name}.pcap`));
      const ports = [
        ...['--port', `net_pcap0,rx_pcap=${a.file},tx_pcap=${x}`],
        ...['--port', `net_pcap1,rx_pcap=${b.file},tx_pcap=${y}`],
      ];
      const total = a.frames.length + b.frames.length;
      const memory = i % 2 === 0 ? 'gpu' : 'host';
      const how = ['--method', method, '--memory', memory, '--packets', String(total), '--verify'];
      const { status, result } = await l2fwdHere([...ports, ...how]);
      assert.equal(status, 0);
      assertLossless(result, total);
      assert.deepEqual(
        result.ports?.map(({ name }) => name),
        ['net_pcap0', 'net_pcap1'],
      );
      assert.deepEqual(result.verify, { checked: total, wrong: 0 });
      const counts = result.queues.map(({ port, queue, rx, tx }) => {
        return [port, queue, rx.packets, tx.packets];
      });
      const [ours, theirs] = [a.frames.length, b.frames.length];
      assert.deepEqual(counts, [
        [0, 0, ours, theirs],
        [1, 0, theirs, ours],
      ]);
      const leaving = (frames: Buffer[]) => frames.map((frame) => forwarded(frame, method));
      assertFrames(readFrames(x), leaving(b.frames), 'x: frame');
      assertFrames(readFrames(y), leaving(a.frames), 'y: frame');
    });
});

describe('pipelines', () => {
  for (const method of METHODS)
    it(`four of ${method} share the work`, async () => {
      const how = ['--method', method, '--pipelines', '4', '--items', '8', '--burst', '32'];
      const run = ['--port', 'net_null0,size=128', '--packets', '20000', '--verify', ...how];
      const { status, result } = await l2fwdHere(run);
      assert.equal(status, 0);
      assert.equal(result.pipelines, 4);
      assertLossless(result, 20_000, 128 * 20_000);
      const places = result.queues.map(({ port, queue }) => [port, queue]);
      assert.deepEqual(
        places,
        [0, 1, 2, 3].map((queue) => [0, queue]),
      );
      assert.deepEqual(result.verify, { checked: 20_000, wrong: 0 });
    });

  it('more than a port has queues are refused: exit 2', async () => {
    const port = `net_pcap0,rx_pcap=${a.file}`;
    const { status, stdout, stderr } = await l2fwdHere(['--port', port, '--pipelines', '2']);
    assert.deepEqual([status, stdout], [2, '']);
    assert.match(stderr, /^warpline: PORT_QUEUES: [^\n]+\n$/);
  });
});

describe('a memif between two programs', { skip: noTestpmd(), timeout: 120_000 }, () => {
  for (const method of METHODS)
    it(`dpdk-testpmd sends a capture and gets it back from ${method}`, async () => {
      // Rings that hold all of it: testpmd throws away what finds no room.
      const socket = join(folder.path, `${method}.sock`);
      const end = (role: string) => `net_memif0,role=${role},id=0,rsize=12,socket=${socket}`;
      const path = `${end('server')},socket-abstract=no`;
      const l2fwd = new L2fwdProcess(['--port', path, '--method', method, '--verify']);
      while (!existsSync(socket)) await sleep(5);

      const back = join(folder.path, `${method}-back.pcap`);
      const testpmd = testpmdBetween(
        `net_pcap0,rx_pcap=${a.file},tx_pcap=${back}`,
        `${end('client')},socket-abstract=no`,
      );
      await testpmd.ask('set flush_rx off', /testpmd>/);
      let [link] = await testpmd.ask('show port info 1', /Link status: \w+/);
      while (!link.endsWith('up'))
        [link] = await testpmd.ask('show port info 1', /Link status: \w+/);
      await testpmd.ask('start', /packet forwarding/i);
      while (framesIn(back) < a.frames.length) await sleep(20);
      await testpmd.quit();

      l2fwd.kill('SIGINT');
      const { status, stderr, result } = await l2fwd.ended();
      assert.equal(status, 0, stderr);
      assertLossless(result, a.frames.length);
      assert.deepEqual(result.verify, { checked: a.frames.length, wrong: 0 });
      const swapped = a.frames.map((frame) => forwarded(frame, method));
      assertFrames(readFrames(back), swapped);
    });
});

/** testpmd that forwards from each of two ports to the other as soon as it is told to start. */
function testpmdBetween(...vdevs: [string, string]): Testpmd {
  const all = native.lcoreCpus();
  const cpus: [number, number] = [all[0], all[all.length - 1]];
  return new Testpmd({ forwardMode: 'io', vdevs, burst: 32, mbufs: 16_384, cpus });
}

/** What has been written so far; nothing before the first burst. */
function framesIn(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ? scanCapture(file).frames : 0;
}
