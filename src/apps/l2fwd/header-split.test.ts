import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readFrames } from '../../capture/capture.js';
import { WarplineError } from '../../errors.js';
import { Device } from '../../gpudev/device.js';
import type { Kernel } from '../../kernels/kernel.js';
import { macSwap } from '../../kernels/mac-swap.js';
import { acrossBus } from '../../testing/across-bus.js';
import { frameOf, PcapWriter } from '../../testing/capture-files.js';
import { Folder } from '../../testing/capture-folder.js';
import {
  assertBalanced,
  assertFrames,
  assertLossless,
  forwarded,
  RUNT,
} from '../../testing/forwarding.js';
import { random } from '../../testing/random.js';
import { invert, invertUnseen, onHeaders } from '../../testing/split-kernels.js';
import { withSplittingPorts } from '../../testing/splitting-port.js';
import { coded } from '../../testing/test-gpu.js';
import { completeL2fwdOptions, type L2fwdOptions, METHODS } from './options.js';
import type { L2fwdResult, L2fwdSnapshot } from './result.js';
import { runL2fwd } from './run.js';

// Header/data split end to end: on the software device as one that shares memory with the CPU, and on
// every device across a bus, where what is to be written to a file is unloaded first.

const folder = new Folder();
const out = join(folder.path, 'out.pcap');
const HEADER = 64;

/** Frames about as long as a header, runts, long ones, and, in small mbufs, chained ones. */
function traffic(): Uint8Array[] {
  const draw = random('header split');
  const near = Array.from({ length: 140 }, (_, i) => i + 1);
  const any = Array.from({ length: 160 }, () => 1 + Math.floor(draw() * 3000));
  return [...near, ...any].map((length, i) => frameOf(length, i));
}

function capture(frames: readonly Uint8Array[]): string {
  const writer = new PcapWriter();
  for (const frame of frames) writer.record(frame);
  return folder.file(writer.bytes());
}

const frames = traffic();
const runts = frames.filter(({ length }) => length < RUNT).length;
const input = capture(frames);
const given: Partial<L2fwdOptions> = {
  in: input,
  out,
  device: 'software',
  memory: 'gpu-mapped',
  headerSplit: HEADER,
  burst: 16,
  items: 16,
};

function assertWhole({ headerPool, unloadPool }: L2fwdResult): void {
  assert.deepEqual(headerPool?.available, headerPool?.size);
  assert.deepEqual(unloadPool?.available, unloadPool?.size);
}

describe('header/data split', () => {
  const methods = METHODS.filter((name) => name !== 'cpu');
  const buses = Device.list().map(({ spec }) => [spec, true, methods] as const);
  for (const [device, bus, among] of [['software', false, ['persistent']] as const, ...buses])
    for (const method of among) {
      const where = `${device}${bus ? ' across a bus' : ''}`;
      it(`${method} on ${where}: the frames that leave are those that leave without it`, async (t) => {
        const mbufSize = 1024;
        const run = () => runL2fwd({ ...given, device, method, mbufSize, verify: true });
        const result = await (bus ? acrossBus(run) : run()).catch((error: unknown) => {
          if (error instanceof WarplineError && error.code === 'CPU_MAPPING') return undefined;
          throw error;
        });
        if (result === undefined) return t.skip('nothing maps its memory');
        const bytes = frames.reduce((sum, { length }) => sum + length, 0);
        assertLossless(result, frames.length, bytes);
        assert.deepEqual(result.verify, { checked: frames.length, wrong: 0 });
        assert.equal(result.headerSplit, HEADER);
        assert.equal(result.unchanged.runt, method === 'io' ? 0 : runts);
        assert.equal(result.unloadPool !== undefined, bus);
        assertWhole(result);
        assertFrames(
          readFrames(out),
          frames.map((frame) => forwarded(frame, method)),
        );
      });
    }

  it('is stopped in full flow, and everything is back', async () => {
    const ports = ['net_null0,size=300,copy=1'];
    const flow = { ...given, in: undefined, out: undefined, ports, verify: true };
    const stop = new AbortController();
    let look: NodeJS.Timeout | undefined;
    const onStart = ({ snapshot }: { snapshot(): L2fwdSnapshot }) => {
      look = setInterval(() => {
        if (snapshot().tx.packets > 1000) stop.abort();
      }, 5);
    };
    const result = await acrossBus(() => runL2fwd(flow, { stop: stop.signal, onStart }));
    clearInterval(look);
    assertLossless(result, result.rx.packets, 300 * result.rx.packets);
    assertWhole(result);
    assert.deepEqual(result.verify, { checked: result.rx.packets, wrong: 0 });
  });

  it('gives payloads to --kernel, and headers to --header-function on the RX lcore', async () => {
    const file = fileURLToPath(new URL('../../testing/split-kernels.js', import.meta.url));
    const own = { kernel: `${file}:invertBytes`, headerFunction: `${file}:countUp` };
    const result = await acrossBus(() => runL2fwd({ ...given, ...own, mbufSize: 4096 }));
    assertLossless(result, frames.length);
    assertWhole(result);
    const expected = frames.map((frame) =>
      frame.map((byte, i) => (i < HEADER ? byte + 1 : byte ^ 0xff)),
    );
    assertFrames(readFrames(out), expected);
  });

  it('--verify finds a payload that was changed, and a header', async () => {
    const some = frames.filter(({ length }) => length > HEADER).length;
    const wrong = async (kernel: Kernel) => {
      const { verify } = await runL2fwd({ ...given, verify: true }, {}, kernel);
      return verify;
    };
    assert.deepEqual(await wrong(invertUnseen), { checked: frames.length, wrong: some });
    const headers = onHeaders('countUp');
    const all = await wrong({ ...(macSwap.split as Kernel), headers });
    assert.deepEqual(all, { checked: frames.length, wrong: frames.length });
  });

  it('takes the frames of a traffic port, which finds them right when they are back', async () => {
    const ports = ['traffic0,size=700'];
    const packets = 3000;
    const run = () => runL2fwd({ ...given, in: undefined, out: undefined, ports, packets });
    const result = await acrossBus(run);
    assertLossless(result, packets, 700 * packets);
    assertWhole(result);
    const { received, checked, wrong, outOfOrder } = result.traffic ?? assert.fail();
    assert.deepEqual([received, checked, wrong, outOfOrder], [packets, packets, 0, 0]);
  });

  it('drops a frame without room for its payload by name, and accounts for it', async () => {
    // While the kernel works on the first item the list wants 1200 payload mbufs, and there are 600.
    const many = Array.from({ length: 200 }, (_, i) => frameOf(i % 2 === 0 ? 60 : 2900, i));
    const few = { in: capture(many), mbufSize: 256, mbufs: 600, burst: 32, packetTimeNs: 30e6 };
    const result = await runL2fwd({ ...given, ...few, verify: true });
    assertBalanced(result);
    assertWhole(result);
    assert.equal(result.error, undefined);
    assert.ok(result.dropped.no_payload_mbuf > 0, 'nothing was dropped: the test tests nothing');
    assert.deepEqual(result.verify, { checked: result.tx.packets, wrong: 0 });
    const sent = [...readFrames(out)];
    assert.equal(sent.filter(({ length }) => length === 60).length, 100, 'headers alone are sent');
  });

  it('accounts for everything when the header function throws', async () => {
    const headers = onHeaders('failOnHeaders');
    const result = await runL2fwd(given, {}, { ...invert, headers });
    assert.equal(result.error?.code, 'LCORE_FAILED');
    assertBalanced(result);
    assertWhole(result);
    assert.ok(result.dropped.aborted > 0);
  });

  it('has a port split that can, and takes the frames as it brings them', async (t) => {
    const plain = frames.filter(({ length }) => length <= 2048);
    const files = ['--in', capture(plain), '--out', out];
    const split = ['--memory', 'gpu', '--header-split', '64', '--verify', '--json'];
    const args = ['l2fwd', ...files, '--device', 'software', ...split];
    const ended = await withSplittingPorts(folder, args);
    if (typeof ended === 'string') return t.skip(ended);
    assert.equal(ended.status, 0, ended.stderr);
    const [headers, payloads, ...rest] = ended.notes;
    const sizes = [headers, payloads].map((note) => /^map (\d+) at its address$/.exec(note)?.[1]);
    assert.deepEqual(rest, [
      'configure split=1',
      'queue 0 split=1 segments=2 headers:64+0/0 packets:0+0/0',
      `unmap ${sizes[0]}`,
      `unmap ${sizes[1]}`,
    ]);
    const result = JSON.parse(ended.stdout) as L2fwdResult;
    assertLossless(result, plain.length);
    assertWhole(result);
    assert.deepEqual(result.verify, { checked: plain.length, wrong: 0 });
    assertFrames(
      readFrames(out),
      plain.map((frame) => forwarded(frame, 'persistent')),
    );
  });

  it('is refused where it makes no sense', () => {
    const port = 'net_null0';
    const complete = (options: Parameters<typeof completeL2fwdOptions>[0]) => () =>
      completeL2fwdOptions({ port, memory: 'gpu', ...options });
    const headerSplit = 64;
    for (const [options, says] of [
      [{ headerSplit, memory: 'host' }, /--header-split and --memory host/],
      [{ headerSplit, memory: 'staged' }, /--header-split and --memory staged/],
      [{ headerSplit, method: 'cpu' }, /--header-split and --method cpu/],
      [{ headerSplit, mbufSize: 63 }, /--header-split and --mbuf-size/],
      [{ headerSplit, headerFunction: 'a.js', verify: true }, /--header-function and --verify/],
      [{ headerSplit, headerFunction: 'a.js', method: 'io' }, /--header-function and --method io/],
    ] as const)
      assert.throws(complete(options), coded('OPTION_CONFLICT', says));
    const alone = complete({ headerFunction: 'a.js' });
    assert.throws(alone, coded('OPTION_MISSING', /--header-split/));
    assert.doesNotThrow(complete({ headerSplit, mbufSize: 64 }));
  });
});
