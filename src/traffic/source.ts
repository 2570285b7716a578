import type { FrameMaker } from '../dpdk/frame-maker.js';
import type { Turn } from '../dpdk/turn.js';
import type { Hand } from './hand.js';
import { CHUNK, OUT_BATCHES, type TrafficMemory, type TrafficShare } from './share.js';

/**
 * Frames ready to be sent, a batch at a time: while one leaves, the next ones are written.
 *
 *   batch   empty ──mbufs, some a turn──► being written ──done──► leaving ──all sent──► empty
 */
export class Source {
  /** Frames of each batch; 0: it is empty. */
  private readonly counts = new Uint32Array(OUT_BATCHES);
  /** The batch that leaves, and how many of its frames have left. */
  private leaving = 0;
  private gone = 0;
  /** Whether the batch that leaves is known to be written. */
  private ready = false;
  /** The batch that gathers mbufs, and how many it has. */
  private filling = 0;
  private made = 0;
  private sequence = 0;
  /** Frames still to be made. In an array, which changes in place: a field would be garbage each time. */
  private readonly left = new Float64Array(1);

  constructor(
    private readonly share: TrafficShare,
    private readonly memory: TrafficMemory,
    private readonly maker: FrameMaker,
    private readonly hand: Hand,
  ) {
    this.left[0] = share.frames ?? Number.POSITIVE_INFINITY;
  }

  /** Whether every frame that there will be has been sent. */
  get exhausted(): boolean {
    return this.left[0] === 0 && this.made === 0 && this.counts[this.leaving] === 0;
  }

  /** Gives an empty batch, if there is one, some more mbufs; a full one is written. */
  refill(): void {
    const { share, memory, maker, filling, made } = this;
    if (this.counts[filling] !== 0 || this.left[0] === 0) return;
    const n = Math.min(CHUNK, share.batch - made, this.left[0]) | 0;
    const packets = memory.packets(filling) + 16 * made;
    if (!maker.make(memory.mbufs(filling) + 8 * made, packets, n)) return;
    this.made = made + n;
    this.left[0] -= n;
    if (this.made === share.batch || this.left[0] === 0) this.write();
  }

  /** Puts up to `due` frames into the request; tells how many. */
  offer(turn: Turn, due: number): number {
    const n = due === 0 ? 0 : Math.min(due, this.available());
    if (n === 0) turn.sendNothing();
    else turn.send(this.memory.mbufs(this.leaving) + 8 * this.gone, n, n * this.share.size);
    return n;
  }

  /** So many of the frames offered have left. */
  sent(frames: number): void {
    this.gone += frames;
    if (this.gone === 0 || this.gone !== this.counts[this.leaving]) return;
    this.counts[this.leaving] = 0;
    this.gone = 0;
    this.ready = false;
    this.leaving = this.leaving + 1 === OUT_BATCHES ? 0 : this.leaving + 1;
  }

  /** Gives back the mbufs of what was not sent, and makes no more. */
  release(): void {
    this.left[0] = 0;
    const { maker, memory } = this;
    maker.free(memory.mbufs(this.filling), this.made);
    this.made = 0;
    for (let batch = 0; batch < OUT_BATCHES; batch++) {
      const gone = batch === this.leaving ? this.gone : 0;
      maker.free(memory.mbufs(batch) + 8 * gone, this.counts[batch] - gone);
      this.counts[batch] = 0;
    }
    this.gone = 0;
  }

  private write(): void {
    const { filling, made } = this;
    this.counts[filling] = made;
    this.made = 0;
    this.hand.fill(filling, made, this.sequence);
    this.sequence = (this.sequence + made) >>> 0;
    this.filling = filling + 1 === OUT_BATCHES ? 0 : filling + 1;
  }

  private available(): number {
    const count = this.counts[this.leaving];
    if (count === 0) return 0;
    this.ready ||= this.hand.done(this.leaving);
    return this.ready ? count - this.gone : 0;
  }
}
