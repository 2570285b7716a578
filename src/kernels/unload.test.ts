import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { SEGMENT_BYTES } from '../dpdk/twins.js';
import { Device } from '../gpudev/device.js';
import { KERNEL_ARGS } from '../gpudev/driver.js';
import { HostMemory, storeAddress } from '../memory/memory.js';
import { random } from '../testing/random.js';
import { SEGMENTS_A_BLOCK, unload } from './unload.js';

// On every GPU there is: what was described is copied from device to host memory, and nothing else.

const SLOTS = 64;
const ROOM = 2048;
const UNTOUCHED = 0xa5;

for (const { spec } of Device.list())
  describe(`unload on ${spec}`, async () => {
    const device = await Device.open(spec);
    const ring = new HostMemory(SLOTS * SEGMENT_BYTES);
    const source = new HostMemory(SLOTS * ROOM);
    const target = new HostMemory(SLOTS * ROOM);
    const [ringSeen, sourceSeen, targetSeen] = [ring, source, target].map((memory) =>
      device.register(memory.address, memory.bytes),
    );
    const inside = device.allocate(source.bytes);
    const kernel = await device.gpu.load(unload);
    const stream = device.gpu.createStream();
    after(async () => {
      await device.close();
      for (const memory of [ring, source, target]) memory.release();
    });

    /** Unloads segments described from slot `first` on: each {size, from, to} places in its room. */
    const run = (
      first: number,
      segments: readonly { size: number; from: number; to: number }[],
    ) => {
      const draw = random(`${spec} ${first}`);
      const { u8: bytes } = source.window;
      for (let i = 0; i < bytes.length; i++) bytes[i] = draw() * 256;
      target.window.u8.fill(UNTOUCHED);
      ring.window.u8.fill(0xff);
      const expected = target.window.u8.slice();
      segments.forEach(({ size, from, to }, i) => {
        const word = (((first + i) % SLOTS) * SEGMENT_BYTES) / 4;
        storeAddress(ring.window.u32, word, inside + i * ROOM + from);
        storeAddress(ring.window.u32, word + 2, targetSeen + i * ROOM + to);
        storeAddress(ring.window.u32, word + 4, size);
        const start = i * ROOM + from;
        expected.set(bytes.subarray(start, start + size), i * ROOM + to);
      });
      const args = new Float64Array(KERNEL_ARGS);
      args.set([ringSeen, first, segments.length, SLOTS]);
      device.gpu.copy(stream, inside, sourceSeen, source.bytes);
      const blocks = Math.ceil(segments.length / SEGMENTS_A_BLOCK);
      device.gpu.launch(stream, kernel, blocks, args);
      device.gpu.synchronize(stream);
      assert.equal(Buffer.compare(target.window.u8, expected), 0);
    };

    it('copies segments of any length, wherever in a cache line they begin', () => {
      const sizes = [0, 1, 2, 7, 15, 16, 17, 31, 32, 33, 60, 64, 511, 512, 513, 1500, 1514, 1984];
      for (const at of [0, 1, 4, 8, 15, 16, 63])
        run(
          0,
          sizes.map((size) => ({ size, from: at, to: at })),
        );
    });

    it('copies what does not lie alike', () => {
      for (const to of [0, 1, 2, 8, 15])
        run(
          0,
          [1, 16, 64, 1514].map((size) => ({ size, from: 3, to })),
        );
    });

    it('goes round the ring', () => {
      const segments = Array.from({ length: SLOTS }, (_, i) => ({ size: 20 * i, from: 0, to: 0 }));
      for (const first of [1, SLOTS / 2, SLOTS - 1]) run(first, segments);
      for (let count = 1; count <= 2 * SEGMENTS_A_BLOCK + 1; count++)
        run(SLOTS - 3, segments.slice(-count));
    });
  });
