import type { Block, DeviceSpan, SoftwareKernel } from '../gpudev/drivers/software/block.js';
import { native } from '../memory/native.js';
import * as plain from './entries.js';
import type { BurstFunction } from './kernel.js';
import { ITEMS_LIMIT, SAMPLE_BYTES, SAMPLE_SHIFT } from './sample.js';

/*
 * The entries of entries.ts, which take samples (sample.ts) beside their work. This device's clock is
 * the CPU's time-stamp counter.
 */
const [ITEMS, LAST] = [2, 7];
const MASK = 2 ** SAMPLE_SHIFT - 1;

export function items(run: BurstFunction): SoftwareKernel {
  return traced(plain.items(run, makeReader));
}

export function awaited(run: BurstFunction): SoftwareKernel {
  return traced(plain.awaited(run, makeReader));
}

export function persistent(run: BurstFunction): SoftwareKernel {
  return traced(plain.persistent(run, makeReader));
}

interface TracedBlock extends Block {
  readonly samples: number;
}

/** Gives a kernel its arguments as it is used to them. */
function traced(kernel: SoftwareKernel): SoftwareKernel {
  return ({ index, count, args: given, memory }) => {
    const args = given.slice();
    args[ITEMS] = given[ITEMS] % ITEMS_LIMIT;
    args[LAST] = Math.floor(given[ITEMS] / ITEMS_LIMIT);
    const block: TracedBlock = { index, count, args, memory, samples: given[LAST] };
    return kernel(block);
  };
}

const makeReader: plain.MakeReader = (block, run) => new TracedReader(block as TracedBlock, run);

class TracedReader extends plain.ItemReader {
  private began = 0;
  private start = 0;
  /** Number of the item's sample; 0: it has none. */
  private number = 0;

  constructor(
    private readonly block: TracedBlock,
    run: BurstFunction,
  ) {
    super(block, run);
  }

  override open(item: number): void {
    // A block begins to live, or to wait for its next item.
    this.began = native.tsc();
    super.open(item);
  }

  override finish(): void {
    if (this.number !== 0) this.store(native.tsc());
    super.finish();
  }

  protected override counted(): number {
    const both = super.counted();
    this.number = both >>> SAMPLE_SHIFT;
    if (this.number !== 0) this.start = native.tsc();
    return both & MASK;
  }

  private store(end: number): void {
    const { block, began, start, number } = this;
    const address = block.samples + (number - 1) * SAMPLE_BYTES;
    const span: DeviceSpan = block.memory.span(address, SAMPLE_BYTES);
    const { u32 } = span.window;
    const at = (address - span.address) / 4;
    [began, start, end].forEach((tsc, i) => {
      u32[at + 2 * i] = tsc;
      u32[at + 2 * i + 1] = tsc / 2 ** 32;
    });
    u32[at + 6] = block.index;
    u32[at + 7] = 0;
  }
}
