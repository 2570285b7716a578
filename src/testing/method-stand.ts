import assert from 'node:assert/strict';
import { STATUS_STRIDE, Status } from '../gpudev/comm-list-layout.js';
import type { Gpu, GraphNode, KernelSource } from '../gpudev/driver.js';
import { macSwap } from '../kernels/mac-swap.js';
import type { Method, Setup, Work } from '../methods/method.js';
import { Count } from '../telemetry/tally.js';
import { random } from './random.js';

const LIST = 0x1000_0000;
const STATUS = 0x2000_0000;
const EXIT = 0x3000_0000;
const { FREE, READY, DONE } = Status;

/** One work of a stream: true once it is over; called again and again until then. */
type Step = () => boolean;

/**
 * A stand for a method's RX loop: list, GPU and TX end are played, all in one thread, and what
 * happens between two looks of the loop is drawn from a seed. So every interleaving can come that
 * threads could produce, and it comes again. Whatever breaks the rules of a comm list throws.
 */
export class MethodStand {
  readonly status: Int32Array;
  /** Items handed on, served by the GPU, freed by the TX end. */
  handed = 0;
  served = 0;
  freed = 0;
  /** Items for which work was posted. */
  posted = 0;
  /** Most works that waited in one stream. */
  deepest = 0;
  closed = false;
  readonly counters = new Float64Array(32);

  private readonly draw: () => number;
  private readonly streams: Step[][] = [];
  private readonly graphs: (readonly GraphNode[])[] = [];
  private readonly running = new Set<number>();
  /** How often the item at each place was served. */
  private readonly rounds: Int32Array;
  /** Looks without anything happening. */
  private quiet = 0;
  private readonly entries: string[] = [];
  /** Blocks started that wait for their items. */
  private waiting = 0;

  constructor(
    private readonly method: Method,
    private readonly items: number,
    seed: string,
    /** Items the RX end will hand on. */
    private readonly wanted: number,
    /** Blocks that may wait for items. */
    private readonly blocks = 64,
  ) {
    this.status = new Int32Array(items * STATUS_STRIDE);
    this.rounds = new Int32Array(items);
    this.draw = random(seed);
  }

  get launches(): number {
    return this.counters[Count.launches];
  }

  /** Works posted and not over. */
  get pending(): number {
    return this.streams.reduce((sum, works) => sum + works.length, 0);
  }

  /** Runs the method's RX lcore from start to end, then lets GPU and TX end finish. */
  async run(look?: () => void): Promise<void> {
    const { items, method, gpu } = this;
    const list = {
      items,
      packets: 64,
      status: this.status,
      share: { deviceStatus: STATUS, deviceDoorbells: LIST },
      deviceAddress: LIST,
      statusAddress: (item: number) => STATUS + 64 * item,
    };
    const exitWord = { address: EXIT };
    const setup = { gpu, kernel: macSwap, list, packetTimeNs: 0, blocks: this.blocks, exitWord };
    const { posted } = await method.prepare!(setup as unknown as Setup);
    const path = {
      list,
      intake: this.intake(look),
      run: this.state,
      rxTally: { values: this.counters },
      rxTurn: { tsc: 1 },
      share: { timeout: 1000 },
      wait: () => this.pass(),
      close: () => {
        this.closed = true;
      },
    };
    method.lcores.rx({ path, gpu, posted, packetTimeNs: 0 } as unknown as Work);
    while (this.pending !== 0 || this.freed !== this.handed) this.pass();
  }

  private readonly state = { going: true, aborted: false };

  private intake(look?: () => void) {
    const hand = (status: number) => {
      assert.equal(this.at(this.handed), FREE, 'handed on before it was free');
      this.set(this.handed, status);
      this.handed++;
    };
    return {
      stand: this as MethodStand,
      get handed() {
        return this.stand.handed;
      },
      get ready() {
        return this.stand.handed;
      },
      coming: false,
      gather() {
        const { stand } = this;
        look?.();
        stand.pass();
        stand.state.going = stand.handed < stand.wanted;
        // Nobody asks the port while no item is FREE.
        this.coming = stand.at(stand.handed) === FREE && stand.draw() < 0.9;
        return stand.state.going && this.coming && stand.draw() < 0.9;
      },
      hand,
      handEmpty: () => {
        this.pass();
        if (this.at(this.handed) !== FREE) return false;
        hand(READY);
        return true;
      },
      close() {
        this.coming = false;
      },
    };
  }

  /** Time passes: GPU and TX end do something, or not. */
  private pass(): void {
    assert.ok(++this.quiet < 10_000, `stuck: ${this.handed} handed on, ${this.served} served`);
    for (let n = Math.floor(this.draw() * 8); n > 0; n--) {
      const which = Math.floor(this.draw() * (this.streams.length + 1));
      if (which < this.streams.length) this.work(this.streams[which]);
      else this.send();
    }
  }

  private work(stream: Step[]): void {
    if (stream.length !== 0 && stream[0]()) stream.shift();
  }

  private send(): void {
    if (this.freed === this.handed || this.at(this.freed) !== DONE) return;
    const round = Math.floor(this.freed / this.items) + 1;
    assert.equal(this.rounds[this.freed % this.items], round, 'DONE, and was never served');
    this.set(this.freed, FREE);
    this.freed++;
    this.quiet = 0;
  }

  /** The kernel works on the item that stands at a place of the list: once each round. */
  private serve(place: number): void {
    assert.equal(this.status[place * STATUS_STRIDE], READY, 'the kernel met an item not READY');
    assert.equal(++this.rounds[place], Math.ceil((this.handed - place) / this.items), 'once more');
    this.served++;
    this.quiet = 0;
  }

  private at(n: number): number {
    return this.status[(n % this.items) * STATUS_STRIDE];
  }

  private set(n: number, status: number): void {
    this.status[(n % this.items) * STATUS_STRIDE] = status;
  }

  private post(stream: number, step: Step): void {
    this.streams[stream].push(step);
    this.deepest = Math.max(this.deepest, this.streams[stream].length);
  }

  /** The GPU: works of a stream one after the other, a kernel's blocks one by one. */
  private readonly gpu = {
    load: async ({ name }: KernelSource) => this.entries.push(name.split('/')[1]) - 1,
    createStream: () => this.streams.push([]) - 1,
    createGraph: (nodes: readonly GraphNode[]) => this.graphs.push(nodes) - 1,
    launch: (stream: number, kernel: number, blocks: number, args: Float64Array) => {
      this.posted += blocks;
      // The arguments as they are now: whoever launches may use the array again.
      this.post(stream, this.kernel(kernel, blocks, args.slice()));
    },
    waitValue: (stream: number, address: number, value: number) =>
      this.post(stream, this.wait(address, value)),
    writeValue: (stream: number, address: number, value: number) =>
      this.post(stream, this.write(address, value)),
    launchGraph: (stream: number, graph: number) => this.post(stream, this.graph(graph)),
  } as unknown as Gpu;

  private kernel(id: number, blocks: number, args: ArrayLike<number>): Step {
    const [list, first, items, third] = Array.from(args);
    assert.deepEqual([list, items], [LIST, this.items]);
    if (this.entries[id] === 'awaited') return this.awaited(first, blocks, third);
    let block = 0;
    return () => {
      const place = (first + block) % items;
      this.serve(place);
      if (third !== 0) this.status[place * STATUS_STRIDE] = DONE;
      return ++block === blocks;
    };
  }

  /** Blocks that each wait until their item is READY, in any order. */
  private awaited(first: number, blocks: number, exit: number): Step {
    assert.equal(exit, EXIT);
    const left = Array.from({ length: blocks }, (_, block) => (first + block) % this.items);
    let begun = false;
    return () => {
      if (!begun) this.waiting += blocks;
      begun = true;
      assert.ok(this.waiting <= Math.max(this.blocks, 2), `${this.waiting} blocks wait`);
      const which = Math.floor(this.draw() * left.length);
      const place = left[which];
      if (this.status[place * STATUS_STRIDE] !== READY) return false;
      this.serve(place);
      this.status[place * STATUS_STRIDE] = DONE;
      left.splice(which, 1);
      this.waiting--;
      return left.length === 0;
    };
  }

  private wait(address: number, value: number): Step {
    return () => this.status[(address - STATUS) / 4] === value;
  }

  private write(address: number, value: number): Step {
    return () => {
      this.status[(address - STATUS) / 4] = value;
      this.quiet = 0;
      return true;
    };
  }

  /** Nodes whose turn it is, in any order; one launch of a graph at a time. */
  private graph(id: number): Step {
    const nodes = this.graphs[id];
    for (const node of nodes) if (node.type === 'kernel') this.posted += node.blocks;
    const steps = nodes.map((node): Step => {
      if (node.type === 'wait') return this.wait(node.address, node.value);
      if (node.type === 'write') return this.write(node.address, node.value);
      if (node.type === 'kernel') return this.kernel(node.kernel, node.blocks, node.args);
      return assert.fail(`no ${node.type} is needed`);
    });
    const over = new Set<number>();
    let begun = false;
    return () => {
      if (!begun && this.running.has(id)) return false;
      begun = true;
      this.running.add(id);
      const ready = nodes.flatMap(({ after }, n) =>
        !over.has(n) && after.every((one) => over.has(one)) ? [n] : [],
      );
      const n = ready[Math.floor(this.draw() * ready.length)];
      if (steps[n]()) over.add(n);
      if (over.size !== nodes.length) return false;
      this.running.delete(id);
      return true;
    };
  }
}
