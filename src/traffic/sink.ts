import type { FrameMaker } from '../dpdk/frame-maker.js';
import type { Turn } from '../dpdk/turn.js';
import { native } from '../memory/native.js';
import { TrafficCount } from './control.js';
import type { Hand } from './hand.js';
import { Order } from './order.js';
import { MOST } from './pace.js';
import {
  BACK_BATCHES,
  CHUNK,
  OUT_BATCHES,
  type TrafficMemory,
  type TrafficShare,
} from './share.js';

/** Turns between two looks whether a batch has been checked: asking a GPU costs a microsecond. */
const LOOK = 64;

/**
 * Frames that came back, a batch at a time: while one gathers, the ones before are checked.
 *
 *   batch   empty ──received──► gathering ──full, or old──► being checked ──done──► counted, freed
 */
export class Sink {
  private readonly counts = new Uint32Array(BACK_BATCHES);
  private readonly order: Order;
  /** The batch that gathers, and the oldest one being checked. */
  private gathering = 0;
  private oldest = 0;
  private checking = 0;
  /** Whether the oldest one has been checked, and how many of its frames are counted. */
  private ready = false;
  private counted = 0;
  /** When the gathering batch's first frame came. */
  private since = 0;
  private turns = 0;
  private room = 0;
  /** Cycles a batch gathers at most. */
  private readonly patience: number;

  constructor(
    private readonly share: TrafficShare,
    private readonly memory: TrafficMemory,
    private readonly maker: FrameMaker,
    private readonly hand: Hand,
    private readonly totals: Float64Array,
  ) {
    this.order = new Order(totals);
    // A launch is worth many frames; the CPU had better check them while they are in its cache.
    this.patience = share.gpu === undefined ? 0 : 1000 * share.cyclesPerUs;
  }

  /** Asks for what there is room for. */
  ask(turn: Turn): void {
    const { memory, share, gathering } = this;
    const count = this.counts[gathering];
    this.room = this.checking === BACK_BATCHES ? 0 : Math.min(share.batch - count, MOST);
    const at = OUT_BATCHES + gathering;
    if (this.room === 0) turn.receiveNothing();
    else turn.receiveInto(memory.mbufs(at) + 8 * count, memory.packets(at) + 16 * count, this.room);
  }

  /** Whether the ring was asked, and had nothing. */
  isEmpty(turn: Turn): boolean {
    return this.room !== 0 && turn.received === 0;
  }

  /** Takes what the turn has brought; has a full or old batch checked, counts what was checked. */
  take(turn: Turn): void {
    const { received, tsc } = turn;
    if (received !== 0) {
      if (this.share.join) this.join(received);
      if (this.counts[this.gathering] === 0) this.since = tsc;
      this.counts[this.gathering] += received;
    }
    const count = this.counts[this.gathering];
    if (this.room !== 0 && count !== 0)
      if (count === this.share.batch || tsc - this.since >= this.patience) this.submit(count);
    if (this.checking === 0) return;
    if (this.ready || this.room === 0 || ++this.turns % LOOK === 0) this.harvest();
  }

  /** Has the rest checked, and counts it. */
  finish(): void {
    const count = this.counts[this.gathering];
    if (this.checking !== BACK_BATCHES && count !== 0) this.submit(count);
    this.hand.finish();
    while (this.checking !== 0) this.harvest();
  }

  /** Gives back what could not be checked: the GPU is lost. */
  release(): void {
    for (let batch = 0; batch < BACK_BATCHES; batch++) {
      const counted = batch === this.oldest ? this.counted : 0;
      this.free(batch, counted, this.counts[batch]);
      this.counts[batch] = 0;
    }
    this.checking = 0;
  }

  /** Makes one segment of each of the `received` frames, and describes that. */
  private join(received: number): void {
    const { memory, share, gathering } = this;
    const [at, count] = [OUT_BATCHES + gathering, this.counts[gathering]];
    const mbufs = memory.mbufs(at) + 8 * count;
    native.mbufLinearize(mbufs, received);
    native.packetsDescribe(mbufs, memory.packets(at) + 16 * count, received, share.delta);
  }

  private submit(count: number): void {
    this.hand.check(OUT_BATCHES + this.gathering, count);
    this.gathering = this.gathering + 1 === BACK_BATCHES ? 0 : this.gathering + 1;
    this.checking++;
    if (this.share.gpu === undefined) this.harvest();
  }

  /** Counts some of the oldest batch's frames, once they are checked. */
  private harvest(): void {
    const { oldest, totals } = this;
    const batch = OUT_BATCHES + oldest;
    this.ready ||= this.hand.done(batch);
    if (!this.ready) return;
    const { u32 } = this.memory.window;
    const verdicts = this.memory.word(this.memory.verdicts(batch));
    const from = this.counted;
    const until = Math.min(from + CHUNK, this.counts[oldest]);
    for (let i = from; i < until; i++) {
      if (u32[verdicts + 2 * i + 1] !== 0) totals[TrafficCount.wrong]++;
      else this.order.see(u32[verdicts + 2 * i]);
    }
    totals[TrafficCount.received] += until - from;
    this.free(oldest, from, until);
    this.counted = until;
    if (until === this.counts[oldest]) this.empty();
  }

  private empty(): void {
    const { oldest } = this;
    this.counts[oldest] = 0;
    this.counted = 0;
    this.ready = false;
    this.oldest = oldest + 1 === BACK_BATCHES ? 0 : oldest + 1;
    this.checking--;
  }

  private free(batch: number, from: number, until: number): void {
    this.maker.free(this.memory.mbufs(OUT_BATCHES + batch) + 8 * from, until - from);
  }
}
