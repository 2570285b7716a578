import type { FrameMaker } from '../dpdk/frame-maker.js';
import type { Turn } from '../dpdk/turn.js';
import type { Address } from '../memory/native.js';
import { TrafficCount } from './control.js';
import { MOST } from './pace.js';
import { CHUNK, OUT_BATCHES, type TrafficMemory, type TrafficShare } from './share.js';

/**
 * Source and sink of frames that nobody writes or checks: what comes back as it went goes out again. So
 * an lcore neither makes frames nor frees them, but where many are under way, and offers several times
 * as many as one that does.
 *
 *   room │ stock: mbufs to send ──────┐ sent from its top
 *        ▲ kept, made where it lacks  ▼
 *   landing ◄── received ─────────── the ring
 *
 * The stock is an array that grows downwards: of a call's frames those that were sent are its first.
 */
export class Carousel {
  /** The stock's first mbuf and its end, as places in the array. */
  private top: number;
  private readonly end: number;
  /** Frames still to be sent. In an array, which changes in place: a field would be garbage each time. */
  private readonly left = new Float64Array(1);
  private readonly stock: Address;
  private readonly landing: Address;

  constructor(
    private readonly share: TrafficShare,
    memory: TrafficMemory,
    private readonly maker: FrameMaker,
    private readonly totals: Float64Array,
  ) {
    this.left[0] = share.frames ?? Number.POSITIVE_INFINITY;
    this.stock = memory.mbufs(0);
    this.landing = memory.mbufs(OUT_BATCHES);
    this.end = share.batch;
    this.top = share.batch;
  }

  /** Whether every frame that there will be has been sent. */
  get exhausted(): boolean {
    return this.left[0] === 0;
  }

  /** Makes more frames where too few have come back for a call. */
  refill(): void {
    if (this.end - this.top >= MOST || this.exhausted) return;
    const top = this.top - CHUNK;
    if (this.maker.make(this.stock + 8 * top, 0, CHUNK)) this.top = top;
  }

  /** Puts up to `due` frames into the request; tells how many. */
  offer(turn: Turn, due: number): number {
    const n = Math.min(due, this.end - this.top, this.left[0]) | 0;
    if (n === 0) turn.sendNothing();
    else turn.send(this.stock + 8 * this.top, n, n * this.share.size);
    return n;
  }

  /** So many of the frames offered have left. */
  sent(frames: number): void {
    this.top += frames;
    this.left[0] -= frames;
  }

  /** Asks for what came back. */
  ask(turn: Turn): void {
    turn.receiveInto(this.landing, 0, MOST);
  }

  /** Whether the ring had nothing. */
  isEmpty(turn: Turn): boolean {
    return turn.received === 0;
  }

  /** Keeps what the turn has brought, as long as there is use and room for it; `sent` comes first. */
  take({ received }: Turn): void {
    if (received === 0) return;
    this.totals[TrafficCount.received] += received;
    const { landing, maker, stock, top } = this;
    const room = this.exhausted ? 0 : top;
    this.top = top - maker.keep(landing, received, stock + 8 * top, room);
  }

  finish(): void {}

  /** Frees the stock, and keeps nothing any more. */
  release(): void {
    this.left[0] = 0;
    this.maker.free(this.stock + 8 * this.top, this.end - this.top);
    this.top = this.end;
  }
}
