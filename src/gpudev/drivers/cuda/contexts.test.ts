import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HostMemory } from '../../../memory/memory.js';
import { cudaKernel } from '../../../testing/cuda-kernels.js';
import { args, coded } from '../../../testing/test-gpu.js';
import type { GpuInfo } from '../../driver.js';
import { Contexts } from './contexts.js';
import { cudaDriver } from './driver.js';
import type { CudaNative } from './native.js';
import { OpenedCudaGpu } from './opened-gpu.js';
import { Result } from './result.js';

/** A shim that has whatever is asked of it, and knows what was not given back. */
class Shim {
  readonly contexts = new Set<number>();
  readonly held = new Set<number>();
  /** What streams say, and `free`. */
  answer: number = Result.SUCCESS;
  freed: number = Result.SUCCESS;
  private next = 0x7000_0000_0000;

  private take(where: Set<number>): number {
    this.next += 0x1_0000;
    where.add(this.next);
    return this.next;
  }

  private give(handle: number, result: number = Result.SUCCESS): number {
    assert.ok(this.held.delete(handle), `${handle.toString(16)} was not held`);
    return result;
  }

  readonly native = {
    contextCreate: () => this.take(this.contexts),
    contextDestroy: (context: number) => Number(!this.contexts.delete(context)),
    contextUse: () => 0,
    allocate: () => this.take(this.held),
    free: (address: number) => this.give(address, this.freed),
    createStream: () => this.take(this.held),
    destroyStream: (stream: number) => this.give(stream),
    await: () => this.answer,
    query: () => this.answer,
    resultName: (result: number) => `result ${result}`,
    createEvent: () => this.take(this.held),
    destroyEvent: (event: number) => this.give(event),
    graphCreate: () => 1,
    graphInstantiate: () => this.take(this.held),
    graphDestroy: (graph: number) => this.give(graph),
    loadModule: () => this.take(this.held),
    unloadModule: (kernel: number) => this.give(kernel),
  } as unknown as CudaNative;

  readonly shelf = new Contexts(this.native);

  open(index = 0): OpenedCudaGpu {
    return new OpenedCudaGpu(this.native, { index, name: 'made up' } as GpuInfo, 90, this.shelf);
  }

  /** A GPU that has one of everything. */
  async busy(): Promise<OpenedCudaGpu> {
    const gpu = this.open();
    gpu.allocate(64);
    gpu.allocate(64, 4096);
    gpu.createStream();
    gpu.createEvent();
    gpu.createGraph([]);
    await gpu.load({
      name: 'made up',
      cudaImage: { image: new Uint8Array(4), entry: 'f', threads: 1 },
    });
    assert.equal(this.held.size, 7);
    return gpu;
  }
}

describe('contexts of closed GPUs', () => {
  it('are destroyed where nobody holds them', async () => {
    const shim = new Shim();
    await (await shim.busy()).close();
    assert.deepEqual([...shim.contexts], []);
  });

  it('serve the next opening of the same GPU while somebody holds them, and are empty', async () => {
    const shim = new Shim();
    const release = [shim.shelf.hold(), shim.shelf.hold()];
    const first = await shim.busy();
    await first.close();
    assert.deepEqual([...shim.held], []);
    const [again, beside, other] = [shim.open(), shim.open(), shim.open(1)];
    assert.equal(again.handle.context, first.handle.context);
    const all = [again, beside, other].map((gpu) => gpu.handle.context);
    assert.equal(new Set(all).size, 3);
    release[0]();
    release[0]();
    for (const gpu of [again, beside, other]) await gpu.close();
    assert.deepEqual([...shim.contexts], all, 'the other one still holds them');
    release[1]();
    assert.deepEqual([...shim.contexts], []);
  });

  it('are not kept where something could not be given back', async () => {
    const shim = new Shim();
    shim.shelf.hold();
    const gpu = await shim.busy();
    shim.freed = Result.INVALID_VALUE;
    await gpu.close();
    assert.deepEqual([...shim.contexts], []);
  });

  it('are not kept after the GPU was lost, and neither are its idle ones', async () => {
    const shim = new Shim();
    shim.shelf.hold();
    const [one, two, other] = [shim.open(), shim.open(), shim.open(1)];
    await one.close();
    await other.close();
    two.createStream();
    shim.answer = 700; // CUDA_ERROR_ILLEGAL_ADDRESS
    await two.close();
    assert.equal(two.fault()?.kind, 'illegal-address');
    assert.deepEqual([...shim.contexts], [other.handle.context]);
  });
});

describe('a CUDA GPU opened again', {
  skip: cudaDriver.probe().length === 0 && 'there is none',
  timeout: 60_000,
}, () => {
  it('in a context that was held has nothing of the one before, and works', async () => {
    const release = cudaDriver.hold?.();
    const host = new HostMemory(4096);
    const told: unknown[] = [];
    for (let round = 0; round < 3; round++) {
      const gpu = await cudaDriver.open(0);
      assert.throws(() => gpu.idle(1), coded('GPU_ARGUMENT', /no stream 1/));
      const words = gpu.allocate(1 << 20);
      const scale = await gpu.load(cudaKernel('scale'));
      const [stream, event] = [gpu.createStream(), gpu.createEvent()];
      const node = { type: 'kernel', after: [], kernel: scale, blocks: 8 } as const;
      const graph = gpu.createGraph([{ ...node, args: [words, 1, 7] }]);
      gpu.launchGraph(stream, graph);
      gpu.launch(stream, scale, 8, args(words, 2, round));
      gpu.register(host.address, host.bytes);
      gpu.copy(stream, host.address, words, 4);
      gpu.recordEvent(stream, event);
      gpu.synchronize(stream, 5000);
      assert.equal(host.window.i32[0], 2 * 7 + round, 'its memory was zero');
      told.push((gpu.handle as { context?: number }).context);
      await gpu.close();
    }
    release?.();
    host.release();
    assert.equal(new Set(told).size, 1);
  });
});
