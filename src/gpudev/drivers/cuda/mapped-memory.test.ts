import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HostMemory, windowAt } from '../../../memory/memory.js';
import { cudaKernel } from '../../../testing/cuda-kernels.js';
import { refused } from '../../../testing/errno.js';
import { args, coded } from '../../../testing/test-gpu.js';
import { CommList, Status } from '../../comm-list.js';
import { Device } from '../../device.js';
import { Compare } from '../../driver.js';
import { cudaDriver } from './driver.js';
import { MappedMemory } from './mapped-memory.js';
import type { CudaNative } from './native.js';

const PAGE = 65_536;

/** The shim as it would be where only some ways work; it counts what it gives and takes back. */
class Shim {
  readonly held = new Set<number>();
  readonly opened: string[] = [];
  private next = 0x7000_0000_1000;

  constructor(
    private readonly works: string[],
    private readonly fails: string[] = [],
  ) {}

  private open(name: string): number {
    if (!this.works.includes(name)) throw new Error('it is not there');
    this.opened.push(name);
    return this.take(name);
  }

  private take(name: string, bytes = 0): number {
    if (this.fails.includes(name)) throw new Error(`${name} failed`);
    const address = this.next;
    this.next += bytes + 0x1000;
    this.held.add(address);
    return address;
  }

  private give(address: number): number {
    assert.ok(this.held.delete(address), `${address.toString(16)} was not held`);
    return 0;
  }

  readonly native = {
    allocate: (bytes: number) => this.take('allocate', bytes),
    free: (address: number) => this.give(address),
    clear: () => 0,
    gdrOpen: () => this.open('gdrcopy'),
    gdrClose: (handle: number) => this.give(handle),
    gdrMap: (_gdr: number, address: number, bytes: number) => {
      assert.deepEqual([address % PAGE, bytes % PAGE], [0, 0]);
      const pin = this.take('gdrMap');
      return { cpu: address + 0x100_0000_0000, pin };
    },
    gdrUnmap: (_gdr: number, _cpu: number, _bytes: number, pin: number) => this.give(pin),
    vulkanOpen: (library: string) => this.open(library),
    vulkanClose: (handle: number) => this.give(handle),
    vulkanAllocate: (_vulkan: number, bytes: number) => {
      const device = this.take('vulkanAllocate', bytes);
      return { device, cpu: device + 0x200_0000_0000, piece: device };
    },
    vulkanFree: (_vulkan: number, piece: number) => this.give(piece),
  } as unknown as CudaNative;
}

describe('which way memory is mapped', () => {
  it('GDRCopy first, then Vulkan by its loader, then by the driver itself', () => {
    const libraries = ['libvulkan.so.1', 'libGLX_nvidia.so.0', 'libEGL_nvidia.so.0'];
    const ways = ['gdrcopy', ...libraries];
    for (const [i, first] of ways.entries()) {
      const shim = new Shim(ways.slice(i));
      const memory = new MappedMemory(shim.native, 0, 0);
      assert.ok(memory.available && memory.available);
      assert.deepEqual(shim.opened, [first]);
      memory.close();
      assert.deepEqual([...shim.held], []);
    }
  });

  it('a way that opens and gives no memory is closed, and the next one tried', () => {
    const shim = new Shim(['gdrcopy', 'libvulkan.so.1'], ['gdrMap']);
    const memory = new MappedMemory(shim.native, 0, 0);
    memory.allocate(64, 0);
    assert.deepEqual(shim.opened, ['gdrcopy', 'libvulkan.so.1']);
    memory.close();
    assert.deepEqual([...shim.held], []);
  });

  it('where there is none it says what is wrong with each', () => {
    const memory = new MappedMemory(new Shim(['gdrcopy'], ['gdrMap']).native, 3, 0);
    assert.equal(memory.available, false);
    const says =
      /cuda:3 .* by GDRCopy: gdrMap failed; by Vulkan: libvulkan\.so\.1: it is not there; .*EGL/;
    assert.throws(() => memory.allocate(64, 0), coded('CPU_MAPPING', says));
  });

  for (const way of ['gdrcopy', 'libvulkan.so.1'])
    it(`${way}: aligns both addresses alike and takes back what it gave`, () => {
      const shim = new Shim([way]);
      const memory = new MappedMemory(shim.native, 0, 0);
      for (const align of [0, 64, 4096, PAGE, 2 ** 21]) {
        const device = memory.allocate(100_000, align);
        assert.equal(device % Math.max(align, 1), 0);
        const cpu = memory.cpuAddress(device, 100_000) as number;
        assert.equal(cpu - device, way === 'gdrcopy' ? 0x100_0000_0000 : 0x200_0000_0000);
        assert.equal(memory.cpuAddress(device, 100_001), undefined);
        assert.equal(memory.cpuAddress(device + 64, 1), undefined);
        if (align === 64) assert.equal(memory.free(device), 0);
        assert.equal(memory.has(device), align !== 64);
      }
      memory.close();
      assert.deepEqual([...shim.held], []);
    });
});

const here = cudaDriver.probe().length > 0;

/** Opens cuda:0; undefined, and the test skipped, where nothing maps its memory. */
async function mappable(skip: (why: string) => void): Promise<Device | undefined> {
  const device = await Device.open('cuda:0');
  if (device.info.cpuMappable) return device;
  const { message } = refused(
    () => device.allocate(64, 0, { mappable: true }),
    'CPU_MAPPING',
    'ENOTSUP',
  );
  assert.match(message, /GDRCopy.*Vulkan/);
  await device.close();
  skip(message);
  return undefined;
}

describe('mapped memory of a CUDA GPU', { skip: !here && 'there is none', timeout: 60_000 }, () => {
  it('what the CPU writes kernels read, and the reverse', async (t) => {
    const device = await mappable((why) => t.skip(why));
    if (device === undefined) return;
    const { gpu } = device;
    const words = 4096;
    const inside = device.allocate(8 * words, PAGE, { mappable: true });
    assert.equal(inside % PAGE, 0);
    const mapped = windowAt(device.cpuMap(inside, 8 * words), 8 * words).u32;
    assert.ok(mapped.every((word) => word === 0));
    const scale = await gpu.load(cudaKernel('scale'));
    const stream = gpu.createStream();
    for (let i = 0; i < words; i++) mapped[i] = i;
    device.writeBarrier();
    gpu.launch(stream, scale, words, args(inside, 3, 7));
    gpu.copy(stream, inside + 4 * words, inside, 4 * words);
    gpu.synchronize(stream);
    const wanted = Array.from({ length: words }, (_, i) => 3 * i + 7);
    assert.deepEqual([...mapped], [...wanted, ...wanted]);
    const host = new HostMemory(4 * words);
    device.register(host.address, host.bytes);
    gpu.copy(stream, host.address, inside, 4 * words);
    gpu.synchronize(stream);
    assert.deepEqual([...host.window.u32.subarray(0, words)], wanted);
    refused(() => device.free(inside), 'MEMORY_MAPPED', 'EPERM');
    device.cpuUnmap(inside);
    device.free(inside);
    refused(() => device.free(inside), 'MEMORY_UNKNOWN', 'EPERM');
    const plain = device.allocate(4096);
    refused(() => device.cpuMap(plain, 4096), 'DEVICE_UNSUPPORTED', 'ENOTSUP');
    await device.close();
    host.release();
  });

  it('a kernel that runs already sees what the CPU writes', async (t) => {
    const device = await mappable((why) => t.skip(why));
    if (device === undefined) return;
    const { gpu } = device;
    const answer = await gpu.load(cudaKernel('answer'));
    const stream = gpu.createStream();
    const inside = device.allocate(64, 0, { mappable: true });
    const words = windowAt(device.cpuMap(inside, 64), 64).i32;
    gpu.launch(stream, answer, 1, args(inside, inside + 4));
    assert.equal(gpu.idle(stream), false);
    // Not Atomics.store: a locked instruction would read across the bus.
    words[0] = 21;
    device.writeBarrier();
    gpu.synchronize(stream);
    assert.equal(words[1], 42);
    await device.close();
  });

  // What a packet and its READY are: the payload across the bus, the flag in one memory or the other.
  for (const flagIn of ['host', 'mapped'] as const)
    it(`a kernel that runs already sees all that came before a flag in ${flagIn} memory`, async (t) => {
      const device = await mappable((why) => t.skip(why));
      if (device === undefined) return;
      const [words, rounds, { gpu }] = [256, 20_000, device];
      const inside = device.allocate(2 * PAGE, PAGE, { mappable: true });
      const mapped = windowAt(device.cpuMap(inside, 2 * PAGE), 2 * PAGE).u32;
      const host = new HostMemory(4096);
      const { u32 } = host.window;
      const seen = device.register(host.address, host.bytes);
      const [flags, flag] =
        flagIn === 'host' ? [u32, seen] : [mapped.subarray(PAGE / 4), inside + PAGE];
      const sums = await gpu.load(cudaKernel('sums'));
      const stream = gpu.createStream();
      gpu.launch(stream, sums, 1, args(flag, inside, words, rounds, seen + 64));
      let wrong = 0;
      let round = 0;
      const deadline = performance.now() + 30_000;
      while (round < rounds && performance.now() < deadline) {
        round++;
        for (let i = 0; i < words; i++) mapped[i] = round + i;
        device.writeBarrier();
        flags[0] = round;
        device.writeBarrier();
        while (Atomics.load(u32, 16) !== round && performance.now() < deadline);
        if (u32[17] !== words * round + (words * (words - 1)) / 2) wrong++;
      }
      flags[0] = 2 ** 32 - 1;
      device.writeBarrier();
      await device.close();
      host.release();
      assert.deepEqual([round, wrong], [rounds, 0]);
    });

  it('is given and taken back again and again, and what is left goes with the device', async (t) => {
    for (let round = 0; round < 3; round++) {
      const device = await mappable((why) => t.skip(why));
      if (device === undefined) return;
      for (let i = 0; i < 20; i++) device.free(device.allocate(2 ** 20, PAGE, { mappable: true }));
      const kept = device.allocate(2 ** 24, 0, { mappable: true });
      windowAt(device.cpuMap(kept, 2 ** 24), 2 ** 24).u8.fill(7);
      await device.close();
    }
  });

  for (const statusIn of ['device', 'split'] as const)
    it(`holds what a comm list says, ${statusIn}`, async (t) => {
      const device = await mappable((why) => t.skip(why));
      if (device === undefined) return;
      const { gpu } = device;
      const list = CommList.create(device, { items: 4, packets: 8, statusIn });
      const stream = gpu.createStream();
      const asked = statusIn === 'split' ? list.doorbellAddress(2) : list.statusAddress(2);
      gpu.waitValue(stream, asked, Status.READY, Compare.EQ);
      gpu.writeValue(stream, list.statusAddress(2), Status.DONE);
      assert.equal(gpu.idle(stream), false);
      list.setStatus(2, Status.READY);
      gpu.synchronize(stream);
      assert.deepEqual(
        [0, 1, 2, 3].map((item) => list.statusOf(item)),
        [Status.FREE, Status.FREE, Status.DONE, Status.FREE],
      );
      list.destroy();
      await device.close();
    });
});
