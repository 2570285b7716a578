import { Eal } from '../../dpdk/eal.js';
import type { Mempool } from '../../dpdk/mempool.js';
import type { Port } from '../../dpdk/port.js';
import { CommList } from '../../gpudev/comm-list.js';
import { Device } from '../../gpudev/device.js';
import type { ExitWord } from '../../kernels/exit-word.js';
import type { Kernel } from '../../kernels/kernel.js';
import { CROWDED, ROOMY } from '../../lcore/idle.js';
import { RUN_STATE_BYTES, RunState, Stop } from '../../lcore/run-state.js';
import { native } from '../../memory/native.js';
import type { Method } from '../../methods/method.js';
import type { PathShare } from '../../methods/path.js';
import { splitLines } from '../../methods/split-intake.js';
import type { Traffic } from '../../traffic/traffic.js';
import { readsToSend, refuseCpuAccess, refuseSeeingPort, refuseUnsplit } from './blind-port.js';
import { placeLcores } from './cpus.js';
import { LandingMemory } from './landing-memory.js';
import { Arena, type Common, type Route } from './layout.js';
import { Meters } from './meters.js';
import type { L2fwdOptions } from './options.js';
import { PacketMemory } from './packet-memory.js';
import type { Plan } from './plan.js';
import { Ports } from './ports.js';
import { SplitMemory } from './split-memory.js';
import { Stages } from './stages.js';
import { stagingFor } from './staging-memory.js';
import { Tracing } from './tracing.js';
import { UnloadMemory } from './unload-memory.js';

/**
 * Everything a run stands on: device, mempool, ports, comm lists, and the memory its threads share.
 * Opened in that order; what has been opened is closed again, whatever happens on the way.
 */
export class Rig {
  readonly lists: CommList[] = [];
  readonly shares: PathShare[] = [];
  /** Ends the persistent kernels: a GPU cannot end one that does not end by itself. */
  readonly exits: ExitWord[] = [];
  /** Of each path, words that a persistent kernel's blocks change while they wait for items. */
  readonly heartbeats: Int32Array[] = [];
  memory!: PacketMemory;
  /** Where ports receive and headers stay, with --header-split. */
  splitting?: SplitMemory;
  /** Where frames go that a port is to read which cannot where they are. */
  unloading?: UnloadMemory;
  /** Where frames arrive of a port that cannot receive into device memory. */
  landing?: LandingMemory;
  ports!: Ports;
  arena!: Arena;
  state!: RunState;
  meters!: Meters;
  /** Of each lcore; absent: wherever the scheduler likes. */
  cpus?: readonly number[];
  /** Where the run is recorded, with --trace. */
  tracing?: Tracing;
  /** The far end of a traffic port. */
  traffic?: Traffic;

  private constructor(
    readonly options: L2fwdOptions,
    readonly plan: Plan,
    readonly method: Method,
    readonly kernel: Kernel,
    readonly device: Device,
  ) {}

  static async open(
    options: L2fwdOptions,
    plan: Plan,
    method: Method,
    kernel: Kernel,
  ): Promise<Rig> {
    const rig = new Rig(options, plan, method, kernel, await Device.open(options.device));
    try {
      rig.build();
      return rig;
    } catch (error) {
      await rig.close();
      throw error;
    }
  }

  /** More threads than CPUs: they must give way to each other, and are not pinned. */
  get crowded(): boolean {
    const { device, plan } = this;
    const busy = plan.lcores + (this.onGpu ? device.info.hostThreads : 0);
    return busy + 1 > native.lcoreCpus().length;
  }

  /** Whether the GPU looks at frames for --verify; run to completion is the CPU's altogether. */
  get gpuVerifies(): boolean {
    return this.options.verify && this.memory.onDevice && !this.method.runToCompletion;
  }

  /** Whether it writes and checks the frames of a traffic port. */
  get gpuTraffic(): boolean {
    return this.plan.traffic !== undefined && this.memory.onDevice && this.splitting === undefined;
  }

  /** Whether it has anything to do beside the method's work. */
  get gpuBeside(): boolean {
    return this.gpuVerifies || this.gpuTraffic || this.unloading !== undefined;
  }

  /** Whether lcores have to do with the GPU. */
  get onGpu(): boolean {
    return this.method.prepare !== undefined || this.gpuBeside;
  }

  private build(): void {
    const { options, plan, device, method, kernel } = this;
    this.memory = PacketMemory.create(options.memory, device, plan);
    const { access, pool } = this.memory;
    refuseCpuAccess(options, device.name, access);
    const { burst, verify, statusIn, headerSplit } = options;
    if (headerSplit !== 0) this.splitting = SplitMemory.create(headerSplit, plan, this.memory);
    const { splitting } = this;
    this.ports = Ports.open(
      options,
      splitting?.pool ?? pool,
      (port) => this.poolOf(port),
      (port) => splitting?.forPort(port),
    );
    const sending = options.oneWay ? this.ports.all.slice(1) : this.ports.all;
    if (access === 'write' && sending.some((port) => this.readsToSend(port)))
      this.unloading = UnloadMemory.create(device, plan, splitting !== undefined);
    // What they send from and do not receive into.
    const sent = [pool, ...(this.unloading === undefined ? [] : [this.unloading.pool])];
    for (const port of this.ports.all) for (const one of sent) port.reach(one);
    const split = splitting !== undefined;
    this.arena = new Arena(plan.pathCount, plan.items, burst, verify, split);
    const { memory } = this.arena;
    this.state = new RunState(memory.window, this.arena.take(RUN_STATE_BYTES));
    if (plan.limit !== undefined) this.state.setBudget(plan.limit);
    this.cpus = placeLcores(options, plan.lcores, this.crowded);
    const common: Common = {
      delta: this.memory.delta,
      burst,
      timeout: (options.timeoutUs * Eal.tscHz) / 1e6,
      drain: (options.drainMs * Eal.tscHz) / 1e3,
      nsPerCycle: 1e9 / Eal.tscHz,
      warmup: Math.floor(options.warmup / plan.pathCount),
      together: method.together ?? false,
      oneWay: options.oneWay,
      budgeted: plan.limit !== undefined,
      runtBytes: method.untouched ? 0 : (kernel.runtBytes ?? 0),
      // A GPU's kernel is told where frames lie, whether it looks there or not.
      describe: verify || !(method.untouched || (kernel.untouched && method.runToCompletion)),
      verify,
      idle: this.crowded ? CROWDED : ROOMY,
      pool: pool.span,
    };
    if (options.trace !== undefined) this.tracing = new Tracing(this, options.trace);
    const traced = this.tracing?.memory;
    for (const [index, route] of this.routes().entries()) {
      const samples = traced?.samplesOf(index);
      const list = CommList.create(device, {
        items: plan.items,
        packets: burst,
        statusIn,
        samples,
      });
      this.lists.push(list);
      const share = this.arena.path(index, route, this.state.address, list, common);
      if (options.memory === 'staged' && method.prepare !== undefined)
        share.staging = stagingFor(device, list, plan);
      const from = this.ports.all.find(({ id }) => id === route.rxPort) as Port;
      share.split = splitting?.share(from, this.arena.take(splitLines(burst)));
      if (this.lands(from)) share.landing = this.landing?.share(pool, this.memory.delta, burst);
      if (traced !== undefined) share.trace = traced.share(index);
      this.shares.push(share);
    }
    const lists = method.runToCompletion ? [] : this.lists;
    const missed = () => this.traffic?.missed ?? 0;
    const stages = new Stages(memory.window, method, this.shares);
    this.meters = new Meters(memory, this.shares, lists, this.ports.all, missed, stages);
  }

  /** Whether the CPU reads what is sent there; split frames, also at the far end of a traffic port. */
  readsToSend(port: Port): boolean {
    const checked = this.splitting !== undefined && this.plan.traffic?.check === true;
    return checked || readsToSend(port);
  }

  /** What a port is filled from. Error: that it may have no memory of this kind. */
  private poolOf(port: Port): Mempool {
    const { device, memory, splitting } = this;
    if (splitting !== undefined) refuseUnsplit(port, device.name, memory.access);
    refuseSeeingPort(port, device.name, memory.access);
    if (!this.lands(port)) return splitting?.pool ?? memory.pool;
    this.landing ??= LandingMemory.create(this.plan);
    return this.landing.pool;
  }

  /** Whether a port cannot receive where the run's packets lie. */
  private lands(port: Port): boolean {
    return this.memory.onDevice && LandingMemory.isFor(port);
  }

  /** One port: out where it came in. Two: 0 → 1, and 1 → 0 but one way. Each queue on its own. */
  private routes(): Route[] {
    const { pipelines, oneWay } = this.options;
    const ids = this.ports.all.map((port) => port.id);
    const receive = oneWay ? ids.slice(0, 1) : ids;
    return Array.from({ length: pipelines }, (_, queue) =>
      receive.map((rxPort, i) => ({ rxPort, txPort: ids[ids.length - 1 - i], queue })),
    ).flat();
  }

  /** What runs on the device does not end: ends the lcores, also one that waits for the device. */
  abandon(): void {
    this.state.ask(Stop.ABORT);
    for (const exit of this.exits) exit.raise();
    this.device.gpu.abandon();
  }

  /** Closes the ports, so that mbufs they held are back; the pool is still there to be counted. */
  closePorts(): void {
    this.ports?.close();
  }

  /** The lcores must have ended. GPU_STUCK: a kernel runs on, and memory it may touch stays. */
  async close(): Promise<void> {
    this.closePorts();
    for (const exit of this.exits) exit.raise();
    // Ends what may still run there, and gives back the lists; only then may its memory go.
    await this.device.close();
    this.memory?.close();
    this.unloading?.close();
    this.splitting?.close();
    this.landing?.close();
    this.arena?.memory.release();
    this.traffic?.close();
  }
}
