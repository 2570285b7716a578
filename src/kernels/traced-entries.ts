import type { Block, DeviceSpan, SoftwareKernel } from '../gpudev/drivers/software/block.js';
import { type Address, native } from '../memory/native.js';
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
  return plain.items(run, makeReader);
}

export function awaited(run: BurstFunction): SoftwareKernel {
  return plain.awaited(run, makeReader);
}

export function persistent(run: BurstFunction): SoftwareKernel {
  return plain.persistent(run, makeReader);
}

/** Makes the arguments, a copy that is this block's own, what the plain entries are used to. */
function makeReader(block: Block, run: BurstFunction): TracedReader {
  const { args } = block;
  const both = args[ITEMS];
  const samples = args[LAST];
  const bodyBytes = Math.floor(both / ITEMS_LIMIT);
  args[ITEMS] = both - bodyBytes * ITEMS_LIMIT;
  args[LAST] = bodyBytes;
  return new TracedReader(block, run, samples);
}

/** Items that this multiprocessor has had since the last one with a sample … */
let since = 0;
/** … and how many of them until it no longer looks when a block begins to wait. */
const NEAR = 1024;

class TracedReader extends plain.ItemReader {
  private began = 0;
  private start = 0;
  /** Number of the item's sample; 0: it has none. */
  private number = 0;

  constructor(
    private readonly block: Block,
    run: BurstFunction,
    private readonly samples: Address,
  ) {
    super(block, run);
  }

  override open(item: number): void {
    this.began = since < NEAR ? native.tsc() : 0;
    super.open(item);
  }

  override finish(): void {
    if (this.number !== 0) this.store(native.tsc());
    super.finish();
  }

  protected override counted(): number {
    const both = super.counted();
    this.number = both >>> SAMPLE_SHIFT;
    since++;
    if (this.number !== 0) {
      since = 0;
      this.start = native.tsc();
    }
    return both & MASK;
  }

  private store(end: number): void {
    const { block, samples, began, start, number } = this;
    const address = samples + (number - 1) * SAMPLE_BYTES;
    const span: DeviceSpan = block.memory.span(address, SAMPLE_BYTES);
    const { u32 } = span.window;
    const at = (address - span.address) / 4;
    [began || start, start, end].forEach((tsc, i) => {
      u32[at + 2 * i] = tsc;
      u32[at + 2 * i + 1] = tsc / 2 ** 32;
    });
    u32[at + 6] = block.index;
    u32[at + 7] = 0;
  }
}
