import assert from 'node:assert/strict';
import { test } from 'node:test';
import { windowAt } from '../../../memory/memory.js';
import { args, coded, onGpu } from '../../../testing/test-gpu.js';
import { Compare, WRITES_MAX } from '../../driver.js';
import { COPY_CHUNK } from './copy.js';

for (const processors of [1, 2]) {
  test(
    `${processors}: a stream's works run in order`,
    onGpu(processors, async (t) => {
      const { gpu } = t;
      const scale = await t.kernel('scale');
      const slowly = await t.kernel('scaleSlowly');
      const stream = gpu.createStream();
      gpu.writeValue(stream, t.at(0), 3);
      gpu.launch(stream, scale, 1, args(t.at(0), 2, 1));
      gpu.launch(stream, slowly, 1, args(t.at(0), 3, 2));
      gpu.copy(stream, t.at(1), t.at(0), 4);
      gpu.launch(stream, scale, 1, args(t.at(0), 10, 0));
      gpu.writeValue(stream, t.at(2), 0xffff_ffff);
      gpu.synchronize(stream);
      assert.deepEqual([...t.words.slice(0, 3)], [230, 23, -1]);
      assert.ok(gpu.idle(stream));
    }),
  );

  test(
    `${processors}: many words are written in one submission, in order`,
    onGpu(processors, async (t) => {
      const { gpu } = t;
      const stream = gpu.createStream();
      const writes = new Float64Array(2 * WRITES_MAX);
      for (let i = 0; i < WRITES_MAX; i++) writes.set([t.at(100 + i), i + 1], 2 * i);
      writes.set([t.at(100), 0xffff_ffff], 2 * (WRITES_MAX - 1));
      gpu.waitValue(stream, t.at(0), 1, Compare.EQ);
      gpu.writeValues(stream, writes, WRITES_MAX);
      writes.fill(0);
      assert.equal(t.words[100], 0);
      Atomics.store(t.words, 0, 1);
      gpu.synchronize(stream);
      const expected = Array.from({ length: WRITES_MAX - 1 }, (_, i) => (i === 0 ? -1 : i + 1));
      assert.deepEqual([...t.words.subarray(100, 99 + WRITES_MAX)], expected);
      for (const count of [0, -1, 1.5, WRITES_MAX + 1])
        assert.throws(() => gpu.writeValues(stream, writes, count), coded('GPU_ARGUMENT'));
      // One that is wrong, and none is written.
      writes.set([t.at(0), 7, t.at(1) + 1, 8]);
      assert.throws(() => gpu.writeValues(stream, writes, 2), coded('GPU_ARGUMENT'));
      gpu.synchronize(stream);
      assert.equal(t.words[0], 1);
    }),
  );

  test(
    `${processors}: every block of a launch runs once, more of them than have a place`,
    onGpu(processors, async (t) => {
      const { gpu } = t;
      const number = await t.kernel('number');
      const slowly = await t.kernel('scaleSlowly');
      const stream = gpu.createStream();
      const blocks = 1000;
      gpu.launch(stream, number, blocks, args(t.at(0)));
      gpu.synchronize(stream);
      for (let block = 0; block < blocks; block++) {
        assert.deepEqual([...t.words.slice(2 * block, 2 * block + 2)], [block + 1, blocks]);
      }
      t.words.fill(1, 0, blocks);
      gpu.launch(stream, slowly, blocks, args(t.at(0), 5, 2));
      gpu.synchronize(stream);
      assert.ok(t.words.subarray(0, blocks).every((word) => word === 7));
    }),
  );

  test(
    `${processors}: kernels that never end live side by side with launches`,
    onGpu(processors, async (t) => {
      const { gpu } = t;
      const answer = await t.kernel('answer');
      const add = await t.kernel('add');
      const many = gpu.info.residentBlocks - 1;
      for (let i = 0; i < many; i++) {
        gpu.launch(gpu.createStream(), answer, 1, args(t.at(2 * i), t.at(2 * i + 1)));
      }
      const stream = gpu.createStream();
      for (let round = 1; round <= 20; round++) {
        for (let i = 0; i < many; i++) Atomics.store(t.words, 2 * i, 100 * round + i);
        gpu.launch(stream, add, 3, args(t.at(2000), 1));
        gpu.synchronize(stream);
        assert.equal(t.words[2000], 3 * round);
        for (let i = 0; i < many; i++) t.until(2 * i + 1, 100 * round + i + 1);
      }
    }),
  );

  test(
    `${processors}: blocks beyond the resident ones wait for a place`,
    onGpu(processors, async (t) => {
      const { gpu } = t;
      const arrive = await t.kernel('arrive');
      const [stream, later] = [gpu.createStream(), gpu.createStream()];
      const { residentBlocks } = gpu.info;
      gpu.launch(stream, arrive, residentBlocks + 5, args(t.at(0), t.at(16)));
      gpu.launch(later, arrive, 1, args(t.at(0), t.at(16)));
      t.until(0, residentBlocks);
      // What waits on other streams goes on meanwhile, but nobody finds a place.
      const writer = gpu.createStream();
      gpu.writeValue(writer, t.at(32), 1);
      gpu.synchronize(writer);
      assert.equal(Atomics.load(t.words, 0), residentBlocks);
      assert.ok(!gpu.idle(stream) && !gpu.idle(later));
      Atomics.store(t.words, 16, 1);
      gpu.synchronize(stream);
      gpu.synchronize(later);
      assert.equal(t.words[0], residentBlocks + 6);
    }),
  );

  test(
    `${processors}: streams wait for each other through words`,
    onGpu(processors, async (t) => {
      const { gpu } = t;
      const add = await t.kernel('add');
      const streams = [gpu.createStream(), gpu.createStream(), gpu.createStream()];
      const rounds = 200;
      for (let round = 0; round < rounds; round++) {
        streams.forEach((stream, i) => {
          // Only the stream whose turn it is goes on: 0, 1, 2, 0, …
          gpu.waitValue(stream, t.at(0), 3 * round + i, Compare.EQ);
          gpu.launch(stream, add, 1, args(t.at(16 + i), 1));
          gpu.writeValue(stream, t.at(0), 3 * round + i + 1);
        });
      }
      for (const stream of streams) gpu.synchronize(stream);
      assert.deepEqual([...t.words.slice(16, 19)], [rounds, rounds, rounds]);
    }),
  );
}

test(
  'a stream with much to do leaves room for the others',
  onGpu(1, async (t) => {
    const { gpu } = t;
    const add = await t.kernel('add');
    const [long, short] = [gpu.createStream(), gpu.createStream()];
    const works = 500;
    for (const stream of [long, short]) gpu.waitValue(stream, t.at(0), 1, Compare.EQ);
    for (let i = 0; i < works; i++) gpu.launch(long, add, 1, args(t.at(1), 1));
    gpu.launch(short, add, 1, args(t.at(2), 1));
    gpu.copy(short, t.at(3), t.at(1), 4);
    Atomics.store(t.words, 0, 1);
    gpu.synchronize(short);
    gpu.synchronize(long);
    assert.equal(t.words[1], works);
    assert.ok(t.words[3] < works / 10, `${t.words[3]} of ${works} went first`);
  }),
);

test(
  'each comparison holds the stream until the host stores what it waits for',
  onGpu(1, (t) => {
    const { gpu } = t;
    const stream = gpu.createStream();
    const cases = [
      { compare: Compare.GEQ, value: 5, no: [4, -1], yes: 6 },
      { compare: Compare.EQ, value: 5, no: [4, 6], yes: 5 },
      { compare: Compare.AND, value: 0b100, no: [0, 0b011], yes: 0b110 },
      { compare: Compare.NOR, value: 0x0000_ffff, no: [-1, -65536], yes: 0 },
    ];
    for (const { compare, value, no, yes } of cases) {
      const words = [...no, yes];
      Atomics.store(t.words, 0, words[0]);
      gpu.waitValue(stream, t.at(0), value, compare);
      gpu.writeValue(stream, t.at(1), 1);
      const other = gpu.createStream();
      for (const word of no) {
        Atomics.store(t.words, 0, word);
        gpu.writeValue(other, t.at(2), 1);
        gpu.synchronize(other);
        assert.equal(Atomics.load(t.words, 1), 0);
        assert.ok(!gpu.idle(stream));
      }
      Atomics.store(t.words, 0, yes);
      gpu.synchronize(stream);
      assert.equal(Atomics.exchange(t.words, 1, 0), 1);
      gpu.destroyStream(other);
    }
  }),
);

test(
  'a kernel gets its arguments as they were at the launch',
  onGpu(1, async (t) => {
    const { gpu } = t;
    const keep = await t.kernel('keepArgs');
    const stream = gpu.createStream();
    const values = args(t.at(0), 2 ** 52 + 1, -7, 0.5, 5, 6, 7, 8);
    gpu.launch(stream, keep, 1, values);
    const first = [...values];
    values.fill(99);
    gpu.synchronize(stream);
    assert.deepEqual([...new Float64Array(t.words.buffer, 0, 8)], first);
    gpu.launch(stream, keep, 1, Float64Array.of(t.at(0)));
    gpu.synchronize(stream);
    assert.deepEqual([...new Float64Array(t.words.buffer, 0, 8)], [t.at(0), 0, 0, 0, 0, 0, 0, 0]);
  }),
);

test(
  'copies of every length and alignment, both ways, and as memmove where they overlap',
  onGpu(1, (t) => {
    const { gpu } = t;
    const stream = gpu.createStream();
    const room = 3 * COPY_CHUNK;
    const device = gpu.allocate(room);
    const bytes = windowAt(gpu.cpuMap(device, room), room).u8;
    const host = new Uint8Array(t.words.buffer, 0, 16384);
    const fill = () => {
      for (let i = 0; i < room; i++) bytes[i] = (i * 31) >>> 3;
      for (let i = 0; i < host.length; i++) host[i] = (i * 17) >>> 2;
    };
    const cases = [0, 1, 2, 3, 4, 8, 63, 2047, 2048, 2052, 4096, 9001];
    for (const length of cases) {
      for (const [to, from] of [
        [0, 0],
        [1, 4],
        [4, 8],
        [5, 5],
        [8, 3],
      ]) {
        fill();
        const expected = Buffer.from(host);
        expected.set(bytes.subarray(from, from + length), to);
        gpu.copy(stream, t.at(0) + to, device + from, length);
        gpu.synchronize(stream);
        assert.ok(expected.equals(host), `${length} bytes to host ${to} from ${from}`);
        const whole = Buffer.from(bytes);
        whole.set(host.subarray(from, from + length), to);
        gpu.copy(stream, device + to, t.at(0) + from, length);
        gpu.synchronize(stream);
        assert.ok(whole.equals(bytes), `${length} bytes to device ${to} from ${from}`);
      }
    }
    for (const [to, from] of [
      [0, 1000],
      [1000, 0],
      [0, COPY_CHUNK + 1],
      [7, 7],
    ]) {
      fill();
      const length = room - 2000 - COPY_CHUNK;
      const expected = Buffer.from(bytes);
      expected.copyWithin(to, from, from + length);
      gpu.copy(stream, device + to, device + from, length);
      gpu.synchronize(stream);
      assert.ok(expected.equals(bytes), `overlapping, to ${to} from ${from}`);
    }
  }),
);

test(
  'events take the time on the stream; one that was not reached has none',
  onGpu(1, (t) => {
    const { gpu } = t;
    const stream = gpu.createStream();
    const [start, middle, end] = [gpu.createEvent(), gpu.createEvent(), gpu.createEvent()];
    assert.ok(Number.isNaN(gpu.elapsed(start, end)));
    // The host's clock before and after each event: the device's lies between.
    const host = [performance.now()];
    gpu.recordEvent(stream, start);
    gpu.synchronize(stream);
    host.push(performance.now());
    gpu.waitValue(stream, t.at(0), 1, Compare.EQ);
    gpu.recordEvent(stream, middle);
    while (performance.now() - host[1] < 20);
    assert.ok(Number.isNaN(gpu.elapsed(start, middle)));
    host.push(performance.now());
    Atomics.store(t.words, 0, 1);
    gpu.synchronize(stream);
    host.push(performance.now());
    const waited = gpu.elapsed(start, middle);
    assert.ok(waited > (host[2] - host[1]) * 0.99, String(waited));
    assert.ok(waited < (host[3] - host[0]) * 1.01, String(waited));
    gpu.recordEvent(stream, end);
    gpu.synchronize(stream);
    assert.ok(gpu.elapsed(middle, end) >= 0);
    // Recorded again: not reached again yet.
    Atomics.store(t.words, 0, 0);
    gpu.waitValue(stream, t.at(0), 1, Compare.EQ);
    gpu.recordEvent(stream, end);
    assert.ok(Number.isNaN(gpu.elapsed(middle, end)));
    gpu.destroyEvent(end);
    Atomics.store(t.words, 0, 1);
    gpu.synchronize(stream);
    assert.throws(() => gpu.elapsed(start, end), coded('GPU_ARGUMENT', /no event/));
    assert.equal(gpu.createEvent(), end, 'its place is free once the record is over');
  }),
);

test(
  'a destroyed stream finishes its work; its place is free afterwards',
  onGpu(1, (t) => {
    const { gpu } = t;
    const stream = gpu.createStream();
    gpu.waitValue(stream, t.at(0), 1, Compare.EQ);
    gpu.writeValue(stream, t.at(1), 7);
    gpu.destroyStream(stream);
    assert.throws(() => gpu.synchronize(stream), coded('GPU_ARGUMENT', /no stream/));
    const other = gpu.createStream();
    assert.notEqual(other, stream);
    Atomics.store(t.words, 0, 1);
    t.until(1, 7);
    gpu.writeValue(other, t.at(2), 1);
    gpu.synchronize(other);
    assert.equal(gpu.createStream(), stream);
  }),
);

test(
  'calls refuse wrong arguments and leave the device well',
  onGpu(1, async (t) => {
    const { gpu } = t;
    const add = await t.kernel('add');
    const stream = gpu.createStream();
    const refused = (says: RegExp, call: () => unknown) => {
      assert.throws(call, coded('GPU_ARGUMENT', says));
    };
    for (const wrong of [-1, 99, 1e9, 0.5, Number.NaN]) {
      refused(/launch: no stream/, () => gpu.launch(wrong, add, 1, args()));
      refused(/waitValue: no stream/, () => gpu.waitValue(wrong, t.at(0), 0, Compare.EQ));
      refused(/writeValue: no stream/, () => gpu.writeValue(wrong, t.at(0), 0));
      refused(/copy: no stream/, () => gpu.copy(wrong, t.at(0), t.at(1), 4));
      refused(/synchronize: no stream/, () => gpu.synchronize(wrong));
      refused(/idle: no stream/, () => gpu.idle(wrong));
      refused(/no stream/, () => gpu.destroyStream(wrong));
      refused(/no kernel/, () => gpu.launch(stream, wrong, 1, args()));
      refused(/no event/, () => gpu.recordEvent(stream, wrong));
      refused(/no event/, () => gpu.destroyEvent(wrong));
      refused(/no graph/, () => gpu.launchGraph(stream, wrong));
      refused(/no graph/, () => gpu.destroyGraph(wrong));
    }
    for (const blocks of [0, -1, 1.5, 2 ** 31, Number.NaN]) {
      refused(/blocks/, () => gpu.launch(stream, add, blocks, args()));
    }
    refused(/multiple of 4/, () => gpu.waitValue(stream, t.at(0) + 2, 0, Compare.EQ));
    refused(/multiple of 4/, () => gpu.writeValue(stream, t.at(0) + 1, 0));
    refused(/comparison/, () => gpu.waitValue(stream, t.at(0), 0, 4 as Compare));
    for (const bytes of [-4, 0.5, Number.NaN]) {
      refused(/number of bytes/, () => gpu.copy(stream, t.at(0), t.at(1), bytes));
    }
    gpu.launch(stream, add, 1, args(t.at(0), 1));
    gpu.synchronize(stream);
    assert.equal(t.words[0], 1);
  }),
);
