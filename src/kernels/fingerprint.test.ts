import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { Device } from '../gpudev/device.js';
import { KERNEL_ARGS } from '../gpudev/driver.js';
import { HostMemory, storeAddress } from '../memory/memory.js';
import { random } from '../testing/random.js';
import { FRAMES_A_BLOCK, fingerprint } from './fingerprint.js';

// On every GPU there is: whoever takes them, fingerprints tell frames apart that differ in anything.

const FRAMES = 21;
const ROOM = 2048;
const OUT = FRAMES * 16;
const DATA = OUT + FRAMES * 32;
const UNTOUCHED = 0xa5a5_a5a5;

for (const { spec } of Device.list())
  describe(`fingerprints on ${spec}`, async () => {
    const device = await Device.open(spec);
    const memory = new HostMemory(DATA + FRAMES * ROOM);
    const seen = device.register(memory.address, memory.bytes);
    const kernel = await device.gpu.load(fingerprint);
    const stream = device.gpu.createStream();
    after(async () => {
      await device.close();
      memory.release();
    });
    const { u8, u32 } = memory.window;

    /** The fingerprints of frames, frame i at `shift` bytes behind a whole word. */
    const take = (frames: readonly Uint8Array[], head: number, shift = 0): Uint32Array[] => {
      u32.fill(UNTOUCHED);
      frames.forEach((frame, i) => {
        const at = DATA + i * ROOM + shift;
        u8.set(frame, at);
        storeAddress(u32, 4 * i, seen + at);
        storeAddress(u32, 4 * i + 2, frame.length);
      });
      const args = new Float64Array(KERNEL_ARGS);
      args.set([seen, seen + OUT, frames.length, head]);
      device.gpu.launch(stream, kernel, Math.ceil(frames.length / FRAMES_A_BLOCK), args);
      device.gpu.synchronize(stream);
      const word = OUT / 4;
      for (let w = word + 8 * frames.length; w < DATA / 4; w++) assert.equal(u32[w], UNTOUCHED);
      return frames.map((_, i) => u32.slice(word + 8 * i, word + 8 * i + 8));
    };
    const frameOf = (length: number, draw: () => number) =>
      Uint8Array.from({ length }, () => 1 + draw() * 255);

    it('keep the head as it is, and tell length and segments', () => {
      const draw = random(`head ${spec}`);
      const frames = [1, 3, 4, 11, 12, 13, 16, 17, 64, 1514].map((n) => frameOf(n, draw));
      for (const head of [0, 1, 6, 12, 15, 16])
        take(frames, head).forEach((found, i) => {
          const kept = new Uint8Array(16);
          kept.set(frames[i].subarray(0, head));
          assert.deepEqual(new Uint8Array(found.buffer, 0, 16), kept);
          assert.deepEqual([...found.subarray(6)], [frames[i].length, 1]);
        });
    });

    it('are the same wherever a frame lies, and for whatever its head was', () => {
      const draw = random(`place ${spec}`);
      const frames = Array.from({ length: FRAMES }, (_, i) => frameOf(1 + 90 * i, draw));
      const before = take(frames, 12);
      for (const shift of [1, 2, 3, 64]) assert.deepEqual(take(frames, 12, shift), before);
      for (const frame of frames) frame.set(frameOf(Math.min(frame.length, 12), draw));
      take(frames, 12).forEach((found, i) => {
        assert.deepEqual(found.subarray(4), before[i].subarray(4));
      });
    });

    it('differ when any one byte behind the head does, or two change places', () => {
      const draw = random(`byte ${spec}`);
      const frames = Array.from({ length: FRAMES }, () => frameOf(13 + draw() * 1500, draw));
      const before = take(frames, 12);
      for (let round = 0; round < 20; round++) {
        const changed = frames.map((frame) => {
          const other = frame.slice();
          const at = 12 + Math.floor(draw() * (frame.length - 12));
          other[at] ^= 1 << (draw() * 8);
          return other;
        });
        take(changed, 12).forEach((found, i) => {
          assert.notDeepEqual(found.subarray(4), before[i].subarray(4), `frame ${i}`);
        });
      }
      const swapped = frames.map((frame) => {
        const other = frame.slice();
        [other[12], other[frame.length - 1]] = [frame[frame.length - 1], frame[12]];
        return other;
      });
      take(swapped, 12).forEach((found, i) => {
        const same = frames[i][12] === frames[i][frames[i].length - 1];
        assert.equal(found[4] === before[i][4], same, `frame ${i}`);
      });
    });
  });
