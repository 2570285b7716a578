import assert from 'node:assert/strict';
import { type ErrorCode, WarplineError } from '../errors.js';
import type { Gpu, KernelId } from '../gpudev/driver.js';
import { softwareDriver } from '../gpudev/drivers/software/driver.js';
import { HostMemory } from '../memory/memory.js';
import { native } from '../memory/native.js';
import { testKernel } from './kernels.js';

const WORDS = 4096;

/** A software GPU with some host memory registered, for one test. */
export class TestGpu {
  private readonly memory = new HostMemory(WORDS * 4);
  /** The host's view of the registered words. */
  readonly words = this.memory.window.i32;

  private constructor(readonly gpu: Gpu) {
    gpu.register(this.memory.address, this.memory.bytes);
  }

  static async open(processors = 1): Promise<TestGpu> {
    return new TestGpu(await softwareDriver.open(0, { processors }));
  }

  /** Address of a registered word, for host and device. */
  at(word: number): number {
    return this.memory.address + 4 * word;
  }

  kernel(name: string): Promise<KernelId> {
    return this.gpu.load(testKernel(name));
  }

  /** Waits until a registered word holds a value. */
  until(word: number, value: number): void {
    while (Atomics.load(this.words, word) !== value) native.lcoreYield();
  }

  async close(): Promise<void> {
    await this.gpu.close();
    this.memory.release();
  }
}

/** Runs a test on a GPU of its own and closes it, whatever happens. */
export function onGpu(processors: number, test: (t: TestGpu) => Promise<void> | void) {
  return async (): Promise<void> => {
    const gpu = await TestGpu.open(processors);
    try {
      await test(gpu);
    } finally {
      await gpu.close();
    }
  };
}

/** Kernel arguments. */
export function args(...values: number[]): Float64Array {
  const all = new Float64Array(8);
  all.set(values);
  return all;
}

/** For assert.throws and assert.rejects: an error of the catalogue, and what its line says. */
export function coded(code: ErrorCode, says = /(?:)/) {
  return (error: unknown): true => {
    assert.ok(error instanceof WarplineError, String(error));
    assert.equal(error.code, code);
    assert.match(error.line, says);
    return true;
  };
}
