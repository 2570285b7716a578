import { FrameMaker } from '../dpdk/frame-maker.js';
import { Turn } from '../dpdk/turn.js';
import { Device } from '../gpudev/device.js';
import type { Gpu } from '../gpudev/driver.js';
import { Idle } from '../lcore/idle.js';
import { RunState, Stop } from '../lcore/run-state.js';
import { native } from '../memory/native.js';
import { Carousel } from './carousel.js';
import { Control, Phase, TrafficCount } from './control.js';
import { CpuHand, GpuHand, type Hand } from './hand.js';
import { Pace } from './pace.js';
import { TrafficMemory, type TrafficShare } from './share.js';
import { Sink } from './sink.js';
import { Source } from './source.js';

/**
 * Before the first frame: at any port who forwards finds nothing at first, and the code for that ready
 * when nothing comes later on.
 */
const SILENCE_US = 1000;

/** The program of a traffic lcore: one queue's source and sink, until everybody else has ended. */
export async function runTraffic(share: TrafficShare): Promise<void> {
  const run = RunState.at(share.run);
  try {
    const gpu = share.gpu && (await Device.attach(share.gpu.device)).gpu;
    new Station(share, run, gpu).work();
  } catch (error) {
    // Whoever waits for frames must not wait for ever.
    run.ask(Stop.ABORT);
    throw error;
  }
}

/**
 * The far end of a traffic port's queue. A turn sends what is due and takes what came back:
 *
 *   lcore   ─[send 3│receive 1]─[send 0│receive 4]─[fill a batch]─[send 4│receive 3]─[check a batch]──
 */
class Station {
  private readonly control: Control;
  private readonly turn: Turn;
  private readonly source: Source | Carousel;
  private readonly sink: Sink | Carousel;
  private readonly idle: Idle;

  constructor(
    private readonly share: TrafficShare,
    private readonly run: RunState,
    gpu: Gpu | undefined,
  ) {
    const memory = new TrafficMemory(share.memory.address, share.batch);
    this.control = new Control(memory.window, share.memory.address);
    this.turn = new Turn(memory.window, memory.turn).aim(share.port, share.queue, share.delta);
    const { mempool: pool, size: bytes, delta } = share;
    const maker = new FrameMaker(memory.window, memory.maker, { pool, bytes, delta });
    const { counts } = this.control;
    if (share.check) {
      const hand = Station.hand(share, memory, gpu);
      this.source = new Source(share, memory, maker, hand);
      this.sink = new Sink(share, memory, maker, hand, counts);
    } else this.source = this.sink = new Carousel(share, memory, maker, counts);
    this.idle = new Idle(share.idle);
  }

  private static hand(share: TrafficShare, memory: TrafficMemory, gpu?: Gpu): Hand {
    if (gpu === undefined || share.gpu === undefined) return new CpuHand(memory, share);
    return new GpuHand(memory, gpu, share.gpu);
  }

  /** Every mbuf is back in its pool afterwards, also when the GPU is lost on the way. */
  work(): void {
    try {
      this.source.refill();
      this.idle.rehearse((pressed) => this.idle.wait(pressed));
      this.run.waitForGo();
      native.lcoreSleep(SILENCE_US);
      this.send();
      this.source.release();
      this.control.quiet = true;
      this.take();
      this.sink.finish();
    } finally {
      this.source.release();
      this.sink.release();
      this.control.quiet = true;
    }
  }

  private send(): void {
    const { control, run, source, sink, turn } = this;
    const { counts } = control;
    const { rate, cyclesPerUs, bucket } = this.share;
    const start = native.tsc();
    const pace = new Pace(start, rate, cyclesPerUs, bucket);
    counts[TrafficCount.startTsc] = start;
    while (control.phase === Phase.SEND && !run.aborted && !source.exhausted) {
      source.refill();
      const offered = source.offer(turn, pace.due(turn.tsc));
      this.exchange();
      if (offered !== 0) {
        const { sent } = turn;
        source.sent(sent);
        pace.offered += offered;
        counts[TrafficCount.sent] += sent;
        // Without a rate nothing is due at any time: what found no room comes again.
        if (rate !== undefined) counts[TrafficCount.missed] += offered - sent;
        counts[TrafficCount.endTsc] = turn.tsc;
      }
      // A carousel puts what came where those were that left.
      sink.take(turn);
    }
    turn.sendNothing();
  }

  private take(): void {
    for (;;) {
      // Asked before the ring is looked at: what was sent until then is seen.
      const last = this.control.phase === Phase.FINISH;
      this.exchange();
      this.sink.take(this.turn);
      if (last && this.sink.isEmpty(this.turn)) return;
    }
  }

  /** Sends what was offered, receives what there is. */
  private exchange(): void {
    const { turn, sink } = this;
    sink.ask(turn);
    turn.run();
    if (turn.sent !== 0 || turn.received !== 0) this.idle.reset();
    else this.idle.wait(this.share.rate !== undefined);
  }
}
