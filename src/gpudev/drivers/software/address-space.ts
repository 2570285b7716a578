import { Window } from '../../../memory/memory.js';
import { native } from '../../../memory/native.js';
import type { DeviceMemory, DeviceSpan } from './block.js';
import { type Board, SPAN_END } from './board.js';
import { hex, IllegalAddress } from './fault.js';
import { mappedAt, SPAN_ADDRESS, SPAN_BYTES, SPAN_CPU, STAMP, spanAt } from './span-table.js';

const TWO_32 = 2 ** 32;

/** A span as one multiprocessor sees it, made when one of its kernels first touches it. */
class View implements DeviceSpan {
  readonly origin: number;
  readonly high: number;

  constructor(
    readonly stamp: number,
    readonly address: number,
    /** Negative once the span is gone, so that whoever kept this view finds nothing in it. */
    public bytes: number,
    readonly window: Window,
  ) {
    this.high = Math.floor(address / TWO_32);
    this.origin = address - this.high * TWO_32;
  }

  close(): void {
    this.bytes = -1;
    native.memoryDetach(this.window.buffer);
  }
}

/** The address space as one multiprocessor reads it: views of the spans it has touched. */
export class AddressSpace {
  /** Spans there are, in order of address; views among them once something touched them. */
  private addresses: number[] = [];
  private places: number[] = [];
  private readonly views = new Map<number, View>();

  constructor(
    private readonly board: Board,
    private readonly processor: number,
  ) {}

  /** Learns what was added, and lets go of what was taken back. */
  refresh(): void {
    const { words, doubles } = this.board;
    for (const [place, view] of this.views) {
      if (Atomics.load(words, spanAt(place) + STAMP) === view.stamp) continue;
      this.views.delete(place);
      view.close();
      Atomics.store(words, mappedAt(this.processor, place), 0);
    }
    const known: { place: number; address: number }[] = [];
    const end = Atomics.load(words, SPAN_END);
    for (let place = 0; place < end; place++) {
      if (Atomics.load(words, spanAt(place) + STAMP) === 0) continue;
      known.push({ place, address: doubles[spanAt(place) / 2 + SPAN_ADDRESS] });
    }
    known.sort((a, b) => a.address - b.address);
    this.places = known.map((span) => span.place);
    this.addresses = known.map((span) => span.address);
  }

  /** The view of the span that covers [address, address + bytes); throws when none does. */
  find(address: number, bytes: number): DeviceSpan {
    const view = this.search(address, bytes) ?? this.refreshed(address, bytes);
    if (view !== undefined) return view;
    const what = `[${hex(address)}, +${bytes}) is in no allocation or registration`;
    throw new IllegalAddress(what);
  }

  private refreshed(address: number, bytes: number): View | undefined {
    this.refresh();
    return this.search(address, bytes);
  }

  private search(address: number, bytes: number): View | undefined {
    const { addresses } = this;
    let low = 0;
    let high = addresses.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (addresses[middle] <= address) low = middle + 1;
      else high = middle;
    }
    if (low === 0 || !(bytes >= 0)) return undefined;
    const place = this.places[low - 1];
    const view = this.views.get(place) ?? this.open(place);
    if (view === undefined || view.bytes < 0) return undefined;
    return address + bytes <= view.address + view.bytes && address >= view.address
      ? view
      : undefined;
  }

  /**
   * Says first that this multiprocessor holds the span, then looks whether it is still there: the
   * other side takes the stamp away first, then looks who holds it.
   */
  private open(place: number): View | undefined {
    const { words, doubles } = this.board;
    const at = spanAt(place);
    const stamp = Atomics.load(words, at + STAMP);
    if (stamp === 0) return undefined;
    const mapped = mappedAt(this.processor, place);
    Atomics.store(words, mapped, stamp);
    const address = doubles[at / 2 + SPAN_ADDRESS];
    const bytes = doubles[at / 2 + SPAN_BYTES];
    const cpu = doubles[at / 2 + SPAN_CPU];
    if (Atomics.load(words, at + STAMP) !== stamp) {
      Atomics.store(words, mapped, 0);
      return undefined;
    }
    // Not windowAt: it may know a longer one here, and kernels must not see past the end.
    const window = new Window(native.memoryView(cpu, bytes), cpu, bytes);
    const view = new View(stamp, address, bytes, window);
    this.views.set(place, view);
    return view;
  }
}

const NOWHERE: DeviceSpan = new View(0, 0, -1, new Window(new ArrayBuffer(0), 0, 0));

/** The address space with a memory of the last hits; each block and each stream has its own. */
export class CachedMemory implements DeviceMemory {
  private last: DeviceSpan = NOWHERE;
  /** The hit before: kernels go to and fro between a list and its packets. */
  private previous: DeviceSpan = NOWHERE;

  constructor(private readonly space: AddressSpace) {}

  span(address: number, bytes: number): DeviceSpan {
    const { last } = this;
    const offset = address - last.address;
    if (offset >= 0 && bytes >= 0 && offset + bytes <= last.bytes) return last;
    return this.miss(address, bytes);
  }

  spanOf(low: number, high: number, bytes: number): DeviceSpan {
    const { last } = this;
    const address = (high >>> 0) * TWO_32 + (low >>> 0);
    const offset = address - last.address;
    if (offset >= 0 && bytes >= 0 && offset + bytes <= last.bytes) return last;
    return this.miss(address, bytes);
  }

  private miss(address: number, bytes: number): DeviceSpan {
    const { previous } = this;
    const offset = address - previous.address;
    const hit = offset >= 0 && bytes >= 0 && offset + bytes <= previous.bytes;
    const found = hit ? previous : this.space.find(address, bytes);
    this.previous = this.last;
    this.last = found;
    return found;
  }
}
