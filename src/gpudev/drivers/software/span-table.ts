import { fail } from '../../../errors.js';
import type { Address } from '../../../memory/native.js';
import { native } from '../../../memory/native.js';
import { wake } from './bell.js';
import { type Board, MAPPED, PROCESSORS, SPAN_END, SPANS, SPANS_MAX } from './board.js';
import { hex } from './fault.js';

/*
 * A span of the device's address space: an allocation, or a registration of host memory. 32 bytes:
 *
 *   words 0 STAMP │ 1 –   doubles 1 device address │ 2 bytes │ 3 CPU address
 *
 * A stamp is never used twice; 0 means that the place is free. Beside the spans stands, for every
 * multiprocessor and place, the stamp of which it holds a view (MAPPED).
 */
export const SPAN_WORDS = 8;
export const STAMP = 0;
export const SPAN_ADDRESS = 1;
export const SPAN_BYTES = 2;
export const SPAN_CPU = 3;

/** How long taking a span back waits for kernels to let go of it. */
const LET_GO_MS = 1000;

export function spanAt(place: number): number {
  return SPANS + place * SPAN_WORDS;
}

export function mappedAt(processor: number, place: number): number {
  return MAPPED + processor * SPANS_MAX + place;
}

interface Span {
  readonly place: number;
  readonly address: Address;
  readonly bytes: number;
}

/** The address space as the thread that opened the GPU writes it. */
export class SpanTable {
  private readonly spans = new Map<Address, Span>();
  private readonly places: number[] = [];
  private stamps = 0;

  constructor(private readonly board: Board) {
    for (let place = SPANS_MAX - 1; place >= 0; place--) this.places.push(place);
  }

  add(address: Address, bytes: number, cpu: Address): void {
    const place = this.places.pop();
    if (place === undefined) {
      fail('GPU_OUT_OF_RESOURCES', { what: 'spans of memory', limit: SPANS_MAX });
    }
    const { words, doubles } = this.board;
    const at = spanAt(place);
    doubles[at / 2 + SPAN_ADDRESS] = address;
    doubles[at / 2 + SPAN_BYTES] = bytes;
    doubles[at / 2 + SPAN_CPU] = cpu;
    this.stamps = (this.stamps % 0x7fff_ffff) + 1;
    Atomics.store(words, at + STAMP, this.stamps);
    Atomics.store(words, SPAN_END, Math.max(Atomics.load(words, SPAN_END), place + 1));
    this.spans.set(address, { place, address, bytes });
    this.board.callAttention();
  }

  /** The span that begins there. */
  at(address: Address): Span | undefined {
    return this.spans.get(address);
  }

  /** A span that shares a byte with [address, address + bytes). */
  overlap(address: Address, bytes: number): Span | undefined {
    for (const span of this.spans.values()) {
      if (address < span.address + span.bytes && span.address < address + bytes) return span;
    }
    return undefined;
  }

  /**
   * Takes a span back. Returns once no multiprocessor has a view of it any more, so that host
   * memory may be unmapped then; a kernel that holds one and does not return makes it fail instead.
   */
  remove(span: Span, call: string): void {
    const { words } = this.board;
    const at = spanAt(span.place) + STAMP;
    const stamp = Atomics.exchange(words, at, 0);
    this.board.callAttention();
    const deadline = performance.now() + LET_GO_MS;
    for (let processor = 0; processor < words[PROCESSORS]; processor++) {
      const mapped = mappedAt(processor, span.place);
      while (Atomics.load(words, mapped) === stamp) {
        wake(this.board, processor);
        if (performance.now() > deadline) {
          Atomics.store(words, at, stamp);
          this.board.callAttention();
          fail('GPU_MEMORY_BUSY', { call, address: hex(span.address) });
        }
        native.lcoreYield();
      }
    }
    this.spans.delete(span.address);
    this.places.push(span.place);
  }
}
