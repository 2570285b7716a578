import type { Block, DeviceSpan, SoftwareKernel } from '../gpudev/drivers/software/block.js';
import { EXIT_LINES } from './exit-word.js';
import type { Burst, BurstFunction } from './kernel.js';
import { work } from './work.js';

/*
 * The software side of the GPU kernels every packet function is wrapped in. What they read is DPDK's
 * comm list (DESIGN §4), by device addresses, as a CUDA kernel would.
 *
 *   items       block b works on item (first + b) mod items, which is READY, then ends
 *   awaited     the same once the item is READY; ends without it when the exit word is set
 *   persistent  block b polls items b, b + blocks, b + 2 blocks, … until the exit word is set
 *
 *               Its second argument is not the first item but its heartbeats, or 0: a word for each
 *               block, which changes now and then while the block waits
 *
 * Arguments (`listArgs` of kernel.ts): doorbells, or 0 │ first item │ items in the list │
 * mark DONE (0/1), or exit word │ ns of work a packet │ status words │ bodies │ bytes of a body
 *
 * With doorbells whoever waits polls those, and sets them to FREE when it takes the item
 * (src/gpudev/doorbells.ts). Where the parts of an item lie is computed (comm-list-layout.ts); a
 * kernel written for DPDK follows the item's pointers.
 */
const [BELLS, FIRST, ITEMS, DONE_OR_EXIT, WORK_NS, STATUS, BODIES, BODY_BYTES] = [
  0, 1, 2, 3, 4, 5, 6, 7,
];
const HEARTBEATS = FIRST;

const [FREE, READY, DONE] = [0, 1, 2];
/** From one item's status word, or doorbell, to the next. */
const LINE = 64;

/** What makes a reader of items for a block; traced-entries.ts has another. */
export type MakeReader = (block: Block, run: BurstFunction) => ItemReader;
const plain: MakeReader = (block, run) => new ItemReader(block, run);

export function items(run: BurstFunction, makeReader = plain): SoftwareKernel {
  return (block: Block): void => {
    const { args } = block;
    const reader = makeReader(block, run);
    reader.open((args[FIRST] + block.index) % args[ITEMS]);
    reader.process();
    if (args[DONE_OR_EXIT] !== 0) reader.finish();
  };
}

export function awaited(run: BurstFunction, makeReader = plain): SoftwareKernel {
  return function* (block: Block): Generator<boolean, void, void> {
    const { args } = block;
    const exit = new Exit(block);
    const reader = makeReader(block, run);
    const item = (args[FIRST] + block.index) % args[ITEMS];
    reader.open(item);
    while (!reader.ready) {
      if (exit.set(item)) return;
      yield false;
    }
    reader.process();
    reader.finish();
  };
}

export function persistent(run: BurstFunction, makeReader = plain): SoftwareKernel {
  return function* (block: Block): Generator<boolean, void, void> {
    const { args } = block;
    const exit = new Exit(block);
    const reader = makeReader(block, run);
    const heart = new Heart(block);
    const { index, count } = block;
    for (let item = index; ; item = item + count < args[ITEMS] ? item + count : index) {
      reader.open(item);
      while (!reader.ready) {
        if (exit.set(item)) return;
        heart.poll();
        yield false;
      }
      reader.process();
      reader.finish();
      yield true;
    }
  };
}

/** The word that ends blocks which wait for items, on the lines it stands on (exit-word.ts). */
class Exit {
  private readonly words: Int32Array;
  private readonly base: number;

  constructor({ args, memory }: Block) {
    const span = memory.span(args[DONE_OR_EXIT], EXIT_LINES * LINE);
    this.words = span.window.i32;
    this.base = (args[DONE_OR_EXIT] - span.address) / 4;
  }

  set(item: number): boolean {
    return Atomics.load(this.words, this.base + ((item % EXIT_LINES) * LINE) / 4) !== 0;
  }
}

/** Polls between two heartbeats: after each a multiprocessor may nap. */
const POLLS_A_BEAT = 32;

/** Tells the CPU that a block lives though it has nothing to do. */
class Heart {
  private readonly words: Int32Array | undefined;
  private readonly at: number = 0;
  private polls = 0;

  constructor({ args, memory, index, count }: Block) {
    if (args[HEARTBEATS] === 0) return;
    const span = memory.span(args[HEARTBEATS], 4 * count);
    this.words = span.window.i32;
    this.at = (args[HEARTBEATS] - span.address) / 4 + index;
  }

  poll(): void {
    if (this.words === undefined || ++this.polls % POLLS_A_BEAT !== 0) return;
    Atomics.add(this.words, this.at, 1);
  }
}

/** Status words or doorbells: a line an item, the count of packets beside the word. */
class Lines {
  private readonly words: Int32Array;
  private readonly base: number;

  constructor(memory: Block['memory'], address: number, items: number) {
    const span = memory.span(address, items * LINE);
    this.words = span.window.i32;
    this.base = (address - span.address) / 4;
  }

  load(item: number): number {
    return Atomics.load(this.words, this.base + (item * LINE) / 4);
  }

  store(item: number, value: number): void {
    Atomics.store(this.words, this.base + (item * LINE) / 4, value);
  }

  count(item: number): number {
    return this.words[this.base + (item * LINE) / 4 + 1];
  }
}

/** One item of a comm list in the device's address space. Reused: a block allocates only one. */
export class ItemReader {
  private readonly memory: Block['memory'];
  private readonly workNs: number;
  private readonly burst: Burst;
  private readonly status: Lines;
  /** What is polled: doorbells, or the status words. */
  private readonly polled: Lines;
  private readonly bodies: DeviceSpan;
  /** Word of the bodies' window at which item 0's packets begin, and words of a body. */
  private readonly base: number;
  private readonly stride: number;
  protected item = 0;

  constructor(
    block: Block,
    private readonly run: BurstFunction,
  ) {
    const { args, memory } = block;
    this.memory = memory;
    this.workNs = args[WORK_NS];
    this.status = new Lines(memory, args[STATUS], args[ITEMS]);
    this.polled = args[BELLS] === 0 ? this.status : new Lines(memory, args[BELLS], args[ITEMS]);
    this.bodies = memory.span(args[BODIES], args[ITEMS] * args[BODY_BYTES]);
    this.base = (args[BODIES] - this.bodies.address) / 4;
    this.stride = args[BODY_BYTES] / 4;
    const { u8, u32 } = this.bodies.window;
    this.burst = { packets: u32, first: 0, count: 0, u8, u32, origin: 0 };
  }

  open(item: number): void {
    this.item = item;
  }

  /** Whether the item is READY; it is taken then. */
  get ready(): boolean {
    const { polled, status, item } = this;
    if (polled.load(item) !== READY) return false;
    if (polled !== status) polled.store(item, FREE);
    return true;
  }

  /** Every frame must lie in memory the device knows; frames of one span go as one burst. */
  process(): void {
    const { burst, memory, item } = this;
    const count = this.counted();
    if (count === 0) return;
    const packets = this.bodies.window.u32;
    const first = this.base + item * this.stride;
    burst.packets = packets;
    let from = first;
    let frames: DeviceSpan | undefined;
    const end = first + count * 4;
    for (let p = first; p < end; p += 4) {
      const size = packets[p + 2];
      if (frames !== undefined && covers(frames, packets[p], packets[p + 1], size)) continue;
      if (frames !== undefined) this.runOn(frames, from, p);
      frames = memory.spanOf(packets[p], packets[p + 1], size);
      from = p;
    }
    if (frames !== undefined) this.runOn(frames, from, end);
    if (this.workNs > 0) work(this.workNs);
  }

  /** Packets of the item. */
  protected counted(): number {
    return this.polled.count(this.item);
  }

  finish(): void {
    this.status.store(this.item, DONE);
  }

  private runOn(frames: DeviceSpan, first: number, end: number): void {
    const { burst } = this;
    burst.first = first;
    burst.count = (end - first) >>> 2;
    burst.u8 = frames.window.u8;
    burst.u32 = frames.window.u32;
    burst.origin = frames.origin;
    this.run(burst);
  }
}

function covers(span: DeviceSpan, low: number, high: number, size: number): boolean {
  const offset = (low - span.origin) >>> 0;
  const carry = low < span.origin ? 1 : 0;
  return high === span.high + carry && offset + size <= span.bytes;
}
