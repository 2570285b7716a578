import type { KernelSource } from '../gpudev/driver.js';
import type { Block, SoftwareKernel } from '../gpudev/drivers/software/block.js';

/** Kernels for the tests of drivers. Addresses are of 32-bit words. */

type Run = Generator<boolean, void, void>;

/** A kernel of this file, as drivers load it. */
export function testKernel(name: string): KernelSource {
  return { name, software: { module: import.meta.url, export: name } };
}

/** A kernel of this file in the hands of a function of this file. */
export function wrappedKernel(name: string, wraps: string): KernelSource {
  const module = import.meta.url;
  return { name, software: { module, export: name, wraps: { module, export: wraps } } };
}

function load({ memory }: Block, address: number): number {
  const span = memory.span(address, 4);
  return Atomics.load(span.window.i32, (address - span.address) / 4);
}

function store({ memory }: Block, address: number, value: number): void {
  const span = memory.span(address, 4);
  Atomics.store(span.window.i32, (address - span.address) / 4, value);
}

function increase({ memory }: Block, address: number, n: number): void {
  const span = memory.span(address, 4);
  Atomics.add(span.window.i32, (address - span.address) / 4, n);
}

/** args: word, n. Adds n, once a block. */
export function add(block: Block): void {
  increase(block, block.args[0], block.args[1]);
}

/** args: words, factor, n. Word of the block's number becomes itself times factor plus n. */
export function scale(block: Block): void {
  const [words, factor, n] = block.args;
  const word = words + 4 * block.index;
  store(block, word, Math.imul(load(block, word), factor) + n);
}

/** The same as a generator that rests in the middle. */
export function* scaleSlowly(block: Block): Run {
  const [words, factor, n] = block.args;
  const word = words + 4 * block.index;
  const value = load(block, word);
  yield false;
  yield true;
  store(block, word, Math.imul(value, factor) + n);
}

/** args: words. Stores index + 1 and the number of blocks in the block's two words. */
export function number(block: Block): void {
  store(block, block.args[0] + 8 * block.index, block.index + 1);
  store(block, block.args[0] + 8 * block.index + 4, block.count);
}

/** args: eight numbers, the first an address: stores them there as doubles. */
export function keepArgs({ args, memory }: Block): void {
  const span = memory.span(args[0], 64);
  span.window.f64.set(args, (args[0] - span.address) / 8);
}

/**
 * args: question, answer. For ever: what is stored in the one word appears in the other, plus one.
 */
export function* answer(block: Block): Run {
  const [question, reply] = block.args;
  for (let last = 0; ; ) {
    const asked = load(block, question);
    if (asked !== last) store(block, reply, asked + 1);
    yield asked !== last;
    last = asked;
  }
}

/** args: words. For ever: adds one to the word of the block's number. */
export function* tick(block: Block): Run {
  for (;;) {
    increase(block, block.args[0] + 4 * block.index, 1);
    yield true;
  }
}

/** args: arrived, gate. Each block adds one to the word arrived, then stays until gate is not 0. */
export function* arrive(block: Block): Run {
  increase(block, block.args[0], 1);
  while (load(block, block.args[1]) === 0) yield false;
}

/** args: begun. Stores 1 there and never returns. */
export function spin(block: Block): void {
  store(block, block.args[0], 1);
  for (;;) Atomics.load(spinning, 0);
}
const spinning = new Int32Array(1);

/**
 * args: begun, gate. A plain function that occupies its multiprocessor until gate is not 0. It has
 * touched the gate's memory when it stores 1 at begun.
 */
export function occupy(block: Block): void {
  const [begun, gate] = block.args;
  const span = block.memory.span(gate, 4);
  store(block, begun, 1);
  while (Atomics.load(span.window.i32, (gate - span.address) / 4) === 0);
}

/** args: address. Touches one word there. */
export function touch(block: Block): void {
  load(block, block.args[0]);
}

export function explode(): void {
  throw new Error('the packet has\nno header');
}

/** args: address. Writes past the end of the span it got. */
export function overrun({ args, memory }: Block): void {
  const { window } = memory.span(args[0], 4);
  window.u8.set([1, 2, 3], window.bytes - 1);
}

/**
 * args: begun, word. Stores 1 at begun, then keeps reading word through the view it had at first.
 */
export function* clutch(block: Block): Run {
  const [begun, word] = block.args;
  const span = block.memory.span(word, 4);
  store(block, begun, 1);
  for (;;) {
    Atomics.load(span.window.i32, (word - span.address) / 4);
    yield false;
  }
}

/** args: begun, word. The same, asking for the word's span each time. */
export function* revisit(block: Block): Run {
  const [begun, word] = block.args;
  for (;;) {
    load(block, word);
    store(block, begun, 1);
    yield false;
  }
}

export function leave(): void {
  process.exit(3);
}

export async function promise(): Promise<void> {}

/** args: low and high word of an address, value. Stores it by the address's two words. */
export function storeByWords({ args, memory }: Block): void {
  const [low, high, value] = args;
  const span = memory.spanOf(low, high, 4);
  span.window.i32[((low - span.origin) >>> 0) >>> 2] = value;
}

/** A wrapper: runs the kernel it wraps twice. */
export function twice(kernel: SoftwareKernel): SoftwareKernel {
  return (block) => {
    kernel(block);
    kernel(block);
  };
}

export const notKernel = 7;

export function notWrapper(): number {
  return 7;
}

/** Characters that grow when they are written as JSON or as UTF-8. */
export const awkward = '\u0001é"';

export function throwLong(): void {
  throw new Error(awkward.repeat(10_000));
}
