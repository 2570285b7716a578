import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { Device } from '../gpudev/device.js';
import { KERNEL_ARGS, type KernelId } from '../gpudev/driver.js';
import { HostMemory, storeAddress } from '../memory/memory.js';
import { random } from '../testing/random.js';
import {
  check,
  FRAME_BYTES,
  FRAMES_A_BLOCK,
  fill,
  fillFrame,
  frameIsRight,
  HEAD_BACK,
  HEAD_SENT,
  QUEUE,
  SETTINGS_BYTES,
} from './traffic.js';

// Frames of the traffic source, written and checked by every GPU there is, and by the CPU: what one
// has written is right for the other, and both see whatever is wrong with it.

const FRAMES = 19;
const ROOM = 2048;
const PACKETS = SETTINGS_BYTES;
const VERDICTS = PACKETS + FRAMES * 16;
const DATA = 64 * Math.ceil((VERDICTS + FRAMES * 8) / 64);
const FIRST = 2 ** 32 - 5;

for (const { spec } of Device.list())
  describe(`traffic frames on ${spec}`, async () => {
    const device = await Device.open(spec);
    const memory = new HostMemory(DATA + FRAMES * ROOM);
    const seen = device.register(memory.address, memory.bytes);
    const [filling, checking] = [await device.gpu.load(fill), await device.gpu.load(check)];
    const stream = device.gpu.createStream();
    after(async () => {
      await device.close();
      memory.release();
    });
    const { u8, u32 } = memory.window;
    const origin = seen % 2 ** 32;
    const view = { packets: u32, u32, origin };
    const descriptor = (i: number) => PACKETS / 4 + 4 * i;

    const launch = (kernel: KernelId, last: number) => {
      const args = new Float64Array(KERNEL_ARGS);
      args.set([seen, seen + PACKETS, FRAMES, last]);
      device.gpu.launch(stream, kernel, Math.ceil(FRAMES / FRAMES_A_BLOCK), args);
      device.gpu.synchronize(stream);
    };
    const prepare = (bytes: number, queue: number) => {
      u32.fill(0);
      for (let w = 0; w < 4; w++) u32[HEAD_SENT + w] = u32[HEAD_BACK + w] = 0x1000 + w;
      u32[FRAME_BYTES] = bytes;
      u32[QUEUE] = queue;
      for (let i = 0; i < FRAMES; i++) {
        storeAddress(u32, descriptor(i), seen + DATA + i * ROOM);
        storeAddress(u32, descriptor(i) + 2, bytes);
      }
    };
    const fillHere = () => {
      for (let i = 0; i < FRAMES; i++)
        fillFrame(view, descriptor(i), u32.subarray(0), (FIRST + i) >>> 0);
    };
    /** Verdicts of GPU and CPU, which are of one mind: sequence number, or undefined where wrong. */
    const verdicts = (): (number | undefined)[] => {
      launch(checking, seen + VERDICTS);
      return Array.from({ length: FRAMES }, (_, i) => {
        const right = u32[VERDICTS / 4 + 2 * i + 1] === 0;
        assert.equal(frameIsRight(view, descriptor(i), u32), right, `frame ${i}`);
        return right ? u32[VERDICTS / 4 + 2 * i] : undefined;
      });
    };
    const all = Array.from({ length: FRAMES }, (_, i) => (FIRST + i) >>> 0);

    for (const bytes of [60, 61, 62, 63, 64, 256, 1024, 1514])
      it(`of ${bytes} bytes are the same, whoever wrote them`, () => {
        prepare(bytes, 3);
        launch(filling, FIRST);
        const written = u8.slice(DATA);
        assert.deepEqual(verdicts(), all);
        prepare(bytes, 3);
        fillHere();
        assert.deepEqual(u8.subarray(DATA), written);
        assert.deepEqual(verdicts(), all);
      });

    it('are wrong when any one bit is, whatever lies behind them', () => {
      const draw = random(`bits ${spec}`);
      for (let round = 0; round < 40; round++) {
        const bytes = 60 + Math.floor(draw() * 200);
        prepare(bytes, 1);
        fillHere();
        const wrong = new Set<number>();
        for (let i = 0; i < FRAMES; i++) {
          const behind = draw() < 0.3;
          const at = DATA + i * ROOM + (behind ? bytes : Math.floor(draw() * bytes));
          u8[at] ^= 1 << (draw() * 8);
          if (!behind) wrong.add(i);
        }
        assert.deepEqual(
          verdicts(),
          all.map((sequence, i) => (wrong.has(i) ? undefined : sequence)),
        );
      }
    });

    it("are wrong when they are of another length, another queue, or another frame's words", () => {
      prepare(64, 1);
      fillHere();
      storeAddress(u32, descriptor(2) + 2, 63);
      u32.copyWithin(
        (DATA + 4 * ROOM) / 4 + 5,
        (DATA + 5 * ROOM) / 4 + 5,
        (DATA + 5 * ROOM) / 4 + 16,
      );
      const wanted = all.map((sequence, i) => (i === 2 || i === 4 ? undefined : sequence));
      assert.deepEqual(verdicts(), wanted);
      u32[QUEUE] = 2;
      assert.deepEqual(new Set(verdicts()), new Set([undefined]));
    });

    it('come back with another head where a kernel changes it', () => {
      prepare(64, 0);
      fillHere();
      u32[HEAD_BACK + 1]++;
      assert.deepEqual(new Set(verdicts()), new Set([undefined]));
      for (let i = 0; i < FRAMES; i++) u32[(DATA + i * ROOM) / 4 + 1]++;
      assert.deepEqual(verdicts(), all);
    });
  });
