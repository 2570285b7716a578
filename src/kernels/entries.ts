import type { Block, DeviceSpan, SoftwareKernel } from '../gpudev/drivers/software/block.js';
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
 * Arguments (`listArgs` of kernel.ts): list │ first item │ items in the list │ mark DONE (0/1), or exit word │
 * ns of work a packet │ then for CUDA alone: status words │ bodies │ bytes of a body
 */
const [LIST, FIRST, ITEMS, DONE_OR_EXIT, WORK_NS] = [0, 1, 2, 3, 4];
const HEARTBEATS = FIRST;

const LIST_BYTES = 48;
const [PKT_LIST, NUM_PKTS, STATUS_D] = [4, 6, 10];
const READY = 1;
const DONE = 2;

export function items(run: BurstFunction): SoftwareKernel {
  return (block: Block): void => {
    const { args } = block;
    const reader = new ItemReader(block, run);
    reader.open((args[FIRST] + block.index) % args[ITEMS]);
    reader.process();
    if (args[DONE_OR_EXIT] !== 0) reader.finish();
  };
}

export function awaited(run: BurstFunction): SoftwareKernel {
  return function* (block: Block): Generator<boolean, void, void> {
    const { args } = block;
    const exit = new ExitWord(block);
    const reader = new ItemReader(block, run);
    reader.open((args[FIRST] + block.index) % args[ITEMS]);
    while (!reader.ready) {
      if (exit.set) return;
      yield false;
    }
    reader.process();
    reader.finish();
  };
}

export function persistent(run: BurstFunction): SoftwareKernel {
  return function* (block: Block): Generator<boolean, void, void> {
    const { args } = block;
    const exit = new ExitWord(block);
    const reader = new ItemReader(block, run);
    const heart = new Heart(block);
    const { index, count } = block;
    for (let item = index; ; item = item + count < args[ITEMS] ? item + count : index) {
      reader.open(item);
      while (!reader.ready) {
        if (exit.set) return;
        heart.poll();
        yield false;
      }
      reader.process();
      reader.finish();
      yield true;
    }
  };
}

/** The word that ends blocks which wait for items. */
class ExitWord {
  private readonly words: Int32Array;
  private readonly at: number;

  constructor({ args, memory }: Block) {
    const span = memory.span(args[DONE_OR_EXIT], 4);
    this.words = span.window.i32;
    this.at = (args[DONE_OR_EXIT] - span.address) / 4;
  }

  get set(): boolean {
    return Atomics.load(this.words, this.at) !== 0;
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

/** One item of a comm list in the device's address space. Reused: a block allocates only one. */
class ItemReader {
  private readonly list: DeviceSpan;
  private readonly memory: Block['memory'];
  private readonly workNs: number;
  private readonly burst: Burst;
  /** Word of the list's window at which item 0 starts, and the open item. */
  private readonly base: number;
  private header: number;
  private status: DeviceSpan;
  private statusWord = 0;

  constructor(
    block: Block,
    private readonly run: BurstFunction,
  ) {
    const { args, memory } = block;
    this.memory = memory;
    this.workNs = args[WORK_NS];
    this.list = memory.span(args[LIST], LIST_BYTES * args[ITEMS]);
    this.base = (args[LIST] - this.list.address) / 4;
    this.header = this.base;
    this.status = this.list;
    const { u8, u32 } = this.list.window;
    this.burst = { packets: u32, first: 0, count: 0, u8, u32, origin: 0 };
  }

  open(item: number): void {
    this.header = this.base + (item * LIST_BYTES) / 4;
    const words = this.list.window.u32;
    const low = words[this.header + STATUS_D];
    this.status = this.memory.spanOf(low, words[this.header + STATUS_D + 1], 4);
    this.statusWord = ((low - this.status.origin) >>> 0) >>> 2;
  }

  get ready(): boolean {
    return Atomics.load(this.status.window.i32, this.statusWord) === READY;
  }

  /** Every frame must lie in memory the device knows; frames of one span go as one burst. */
  process(): void {
    const { burst, memory } = this;
    const header = this.list.window.u32;
    const count = header[this.header + NUM_PKTS];
    if (count === 0) return;
    const low = header[this.header + PKT_LIST];
    const list = memory.spanOf(low, header[this.header + PKT_LIST + 1], count * 16);
    const packets = list.window.u32;
    const first = ((low - list.origin) >>> 0) >>> 2;
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

  finish(): void {
    Atomics.store(this.status.window.i32, this.statusWord, DONE);
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
