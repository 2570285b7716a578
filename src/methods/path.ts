import { SplitDigest } from '../dpdk/header-split.js';
import { type LandingShare, LandingTurn } from '../dpdk/landing-turn.js';
import { Turn } from '../dpdk/turn.js';
import { CommList, type CommListShare } from '../gpudev/comm-list.js';
import type { Gpu, StreamId } from '../gpudev/driver.js';
import { raiseFault } from '../gpudev/fault.js';
import type { BurstFunction, Kernel } from '../kernels/kernel.js';
import { Idle, type IdlePlan } from '../lcore/idle.js';
import { RunState } from '../lcore/run-state.js';
import { windowAt } from '../memory/memory.js';
import type { Address } from '../memory/native.js';
import { Tally } from '../telemetry/tally.js';
import { CpuDigest, type Digest } from './digest.js';
import { GpuDigest, type GpuDigestShare } from './gpu-digest.js';
import { Intake } from './intake.js';
import { Ledger, type LedgerShare } from './ledger.js';
import type { Outbound } from './outbound.js';
import { Outlet } from './outlet.js';
import { PathWords } from './path-words.js';
import { SplitFrames } from './split-frames.js';
import { digestLine, SplitIntake, type SplitShare } from './split-intake.js';
import { Inbound, StagedOutbound, type StagingShare } from './staging.js';
import { TracedOutlet, type TraceShare, tracedIntake, traceEnds } from './traced.js';
import { UnloadingOutbound, type UnloadShare } from './unloading.js';
import { headBytes, Verifier } from './verifier.js';

/** One RX queue, one TX queue, and the comm list between them; plain data, for `postMessage`. */
export interface PathShare {
  index: number;
  rxPort: number;
  txPort: number;
  queue: number;
  /** Device address minus CPU address of a frame. */
  delta: number;
  burst: number;
  /** Cycles a partial item may wait. */
  timeout: number;
  /** Cycles a stopping run keeps offering frames to a port that takes none. */
  drain: number;
  nsPerCycle: number;
  /** Packets this path leaves out of rates and latency at its start. */
  warmup: number;
  /** One lcore is at both ends. */
  together: boolean;
  /** No path leads back from where this one sends. */
  oneWay: boolean;
  /** Packets are limited in number (RunState's budget). */
  budgeted: boolean;
  /** Frames below so many bytes are counted as runts; 0: none is. */
  runtBytes: number;
  /** Whether anybody needs to know where frames lie and how long they are. */
  describe: boolean;
  verify: boolean;
  /** With --verify: who looks at frames that lie in the GPU's memory. Absent: the CPU does. */
  digest?: GpuDigestShare;
  idle: IdlePlan;
  /** The memory all the addresses below lie in. */
  arena: { address: Address; bytes: number };
  run: Address;
  /** PathWords. */
  words: Address;
  rxTurn: Address;
  txTurn: Address;
  rxTally: Address;
  txTally: Address;
  ledger: LedgerShare;
  list: CommListShare;
  /** Where packets are copied for the device; absent where it reaches the mbufs themselves. */
  staging?: StagingShare;
  /** How frames leave device memory for a port that reads them; absent where it does not. */
  unload?: UnloadShare;
  /** Headers in host memory, payloads in the device's; absent where frames are whole. */
  split?: SplitShare;
  /** How frames get into device memory from a port that cannot put them there. */
  landing?: LandingShare;
  /** How the run is traced; absent where it is not. */
  trace?: TraceShare;
  /** Buffers of the mempool, as the CPU sees them. */
  pool: { address: Address; bytes: number };
}

/** A path in one lcore: views on what it shares, made once, and the two ends to work with. */
export class Path {
  readonly run: RunState;
  readonly list: CommList;
  readonly ledger: Ledger;
  readonly intake: Intake;
  readonly outlet: Outlet;
  /** The outlet, for the intake to give it its turn, where one lcore is at both ends. */
  readonly beside?: Outlet;
  readonly rxTurn: Turn;
  readonly txTurn: Turn;
  readonly rxTally: Tally;
  readonly txTally: Tally;
  readonly idle: Idle;
  readonly words: PathWords;
  /** Brings frames to the device, where packets are staged … */
  readonly inbound?: Inbound;
  /** … and back, where they are or the port cannot take them from there. */
  readonly outbound?: Outbound;

  constructor(
    readonly share: PathShare,
    /** The kernel whose work --verify expects; absent where nothing may change. */
    readonly kernel: Kernel | undefined,
    private readonly gpu: Gpu | undefined,
    /** What is done to the headers of split frames. */
    onHeaders?: BurstFunction,
  ) {
    const window = windowAt(share.arena.address, share.arena.bytes);
    this.run = new RunState(window, share.run);
    this.list = CommList.attach(share.list);
    this.ledger = new Ledger(window, share.ledger);
    const { landing } = share;
    this.rxTurn =
      landing === undefined
        ? new Turn(window, share.rxTurn)
        : new LandingTurn(window, share.rxTurn, landing);
    // What one lcore sends and receives on one queue goes in one turn.
    const oneTurn = share.together && share.txPort === share.rxPort;
    this.txTurn = oneTurn ? this.rxTurn : new Turn(window, share.txTurn);
    this.rxTally = new Tally(window, share.rxTally);
    this.txTally = new Tally(window, share.txTally);
    this.words = new PathWords(window, share.words);
    this.idle = new Idle(share.idle);
    if (share.staging !== undefined && gpu !== undefined) {
      const staged = { gpu, list: this.list, share: share.staging };
      this.inbound = new Inbound(staged);
      this.outbound = new StagedOutbound(staged);
    } else if (share.unload !== undefined && gpu !== undefined) {
      const { unload, delta, verify } = share;
      const unloaded = { gpu, list: this.list, share: unload, delta, describe: verify };
      this.outbound = new UnloadingOutbound(unloaded);
    }
    const { split, digest, trace } = share;
    const received = this.verifier(this.rxTally, 'rx', digest?.rxStream);
    const sent = this.verifier(this.txTally, 'tx', digest?.txStream);
    const items = trace?.turns ? undefined : trace;
    const [Whole, Split] =
      items === undefined
        ? [Intake, SplitIntake]
        : [tracedIntake(Intake, items), tracedIntake(SplitIntake, items)];
    this.intake =
      split === undefined ? new Whole(this, received) : new Split(this, split, received, onHeaders);
    this.outlet =
      items === undefined ? new Outlet(this, sent) : new TracedOutlet(this, sent, items);
    if (share.together) this.beside = this.outlet;
    if (trace !== undefined) traceEnds(this, trace);
  }

  private verifier(tally: Tally, end: 'rx' | 'tx', stream?: StreamId): Verifier | undefined {
    const { share, kernel, ledger } = this;
    if (!share.verify) return undefined;
    return new Verifier(ledger, tally, this.digest(end, stream), kernel);
  }

  private digest(end: 'rx' | 'tx', stream?: StreamId): Digest {
    const { share, kernel, gpu, list } = this;
    const { burst, digest, split, arena } = share;
    const head = headBytes(kernel);
    if (digest === undefined || gpu === undefined || stream === undefined)
      return new CpuDigest(burst, head);
    if (split === undefined) return new GpuDigest(gpu, list, digest, stream, burst, head);
    // The bytes that are kept as they are, are the header's.
    const payloads = new GpuDigest(gpu, list, digest, stream, burst, 0);
    const window = windowAt(arena.address, arena.bytes);
    const headers = new SplitDigest(window, digestLine(split, end), head);
    const whole = split.byPort ? undefined : { header: split.bytes, payload: split.room };
    return new SplitFrames(payloads, headers, whole);
  }

  /** Nothing more will be handed on. */
  close(): void {
    this.words.close();
  }

  /**
   * Waits, for items and in every way there is, before there is anything to wait for. V8 compiles what it
   * has not seen done as a trap, and an lcore that springs one while packets flow runs slow code for tens
   * of milliseconds: ring after ring of them would be lost the first time that nothing came for a while.
   */
  rehearse(): void {
    this.intake.rehearse();
    this.idle.rehearse((pressed) => this.wait(pressed));
  }

  /** Backs off; now and then looks whether the GPU is still there, and throws if it is not. */
  wait(pressed = false): void {
    this.idle.wait(pressed);
    if (this.gpu !== undefined && this.idle.long) raiseFault(this.gpu);
  }
}
