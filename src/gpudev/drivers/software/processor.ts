import { availableParallelism } from 'node:os';
import { native } from '../../../memory/native.js';
import type { GpuFault } from '../../driver.js';
import { AddressSpace } from './address-space.js';
import { getUp, lieDown, sleep, wake, wakeSome } from './bell.js';
import {
  ASLEEP,
  ATTENTION,
  type Board,
  CLOSED,
  FAULT,
  MAIL,
  PROCESSORS,
  processorLine,
  RESIDENT,
  ROLE,
} from './board.js';
import { faultOf, keepFault } from './fault.js';
import { FrontEnd } from './front-end.js';
import type { LoadedKernel } from './kernel-table.js';
import { LaunchTable } from './launch-table.js';
import { PLACES, Residents } from './residents.js';
import { StreamRings } from './stream-ring.js';

// Rounds without work before the next stage: look again at once, let other threads run, sleep.
// With no CPU to spare for each thread, looking again at once would keep the others from working.
const SPINS = 2000;
const YIELDS = 200;
// Sleep while something may come on by itself, a word that a wait or a kernel polls: short naps at
// first, longer ones after some time, because each costs a CPU 20 microseconds.
const NAP_MS = 0.03;
const NAPS = 500;
const LONG_NAP_MS = 0.15;
/** Sleep with nothing to run: the bell ends it. */
const SLEEP_MS = 1000;
/** How long blocks are left to a multiprocessor with fewer of them before they are taken here. */
const COURTESY_MS = 0.3;
/**
 * Added to RESIDENT while a plain function runs: who is occupied is no better place for a block.
 */
const OCCUPIED = 1 << 16;

/**
 * One multiprocessor: the loop that moves streams on, takes blocks and runs them. A round is
 *
 *   attend, when something calls ─► lead: streams and graphs ─► take a block ─► step the residents
 *
 * Nothing in it makes objects but the kernels, and the results of generators' steps.
 */
export class Processor {
  readonly kernels: LoadedKernel[] = [];
  /** Messages handled, of those MAIL counts. */
  handled = 0;

  private readonly words: Int32Array;
  private readonly line: number;
  private readonly alone: boolean;
  private readonly spins: number;
  private readonly launches: LaunchTable;
  private readonly space: AddressSpace;
  private readonly residents: Residents;
  private readonly frontEnd: FrontEnd;
  private leads = false;
  private lost = false;
  private seen = 0;
  private politeSince = 0;
  /** What RESIDENT says. */
  private shown = 0;

  constructor(
    private readonly board: Board,
    private readonly number: number,
  ) {
    this.words = board.words;
    this.line = processorLine(number);
    const processors = this.words[PROCESSORS];
    this.alone = processors === 1;
    // One more than the multiprocessors: the thread that submits.
    this.spins = availableParallelism() > processors + 1 ? SPINS : 0;
    this.launches = new LaunchTable(board);
    this.space = new AddressSpace(board, number);
    this.residents = new Residents(this.launches, this.space);
    this.frontEnd = new FrontEnd(board, new StreamRings(board), this.launches, this.space);
  }

  /** Runs until the thread must go back to its event loop; returns why. */
  run(): 'mail' | 'closed' {
    for (let idle = 0; ; ) {
      const attention = Atomics.load(this.words, ATTENTION);
      if (attention !== this.seen) {
        const leave = this.attend();
        if (leave !== undefined) {
          this.stepDown();
          return leave;
        }
        this.seen = attention;
      }
      idle = this.round() ? 0 : idle + 1;
      if (idle > 0) this.rest(idle);
    }
  }

  /** Ends the device: this thread, or something on it, failed. */
  lose(fault: GpuFault): void {
    keepFault(this.board, fault);
    this.board.callAttention();
    wakeSome(this.board, this.words[PROCESSORS]);
  }

  private attend(): 'mail' | 'closed' | undefined {
    if (Atomics.load(this.words, CLOSED) !== 0) return 'closed';
    if (Atomics.load(this.words, this.line + MAIL) !== this.handled) return 'mail';
    if (!this.lost && Atomics.load(this.words, FAULT) !== 0) {
      this.lost = true;
      this.residents.drop();
      this.stepDown();
    }
    this.space.refresh();
    return undefined;
  }

  private round(): boolean {
    if (this.lost) return false;
    let worked = false;
    if (this.lead()) {
      try {
        worked = this.frontEnd.advance(this.residents.count === 0 ? 1 : 0);
      } catch (thrown) {
        const fault = faultOf(thrown);
        this.lose({ ...fault, message: `${this.frontEnd.call}: ${fault.message}` });
        return true;
      }
    }
    try {
      const took = this.takeBlock();
      const stepped = this.residents.step();
      if (!this.alone) this.showResidents();
      return worked || took || stepped;
    } catch (thrown) {
      this.lose(faultOf(thrown, this.residents.kernel?.name));
      return true;
    }
  }

  /** Takes the front end's role when nobody has it. */
  private lead(): boolean {
    if (this.leads) return true;
    if (Atomics.load(this.words, ROLE) !== 0) return false;
    this.leads = Atomics.compareExchange(this.words, ROLE, 0, this.number + 1) === 0;
    return this.leads;
  }

  private stepDown(): void {
    if (!this.leads) return;
    this.leads = false;
    this.frontEnd.open = 0;
    Atomics.store(this.words, ROLE, 0);
  }

  private takeBlock(): boolean {
    const { residents, launches } = this;
    if (residents.count === PLACES) return false;
    const launch = launches.next();
    if (launch < 0) this.politeSince = 0;
    if (launch < 0 || (!this.alone && this.isPolite())) return false;
    const index = launches.take(launch);
    if (index < 0) return false;
    const kernel = this.kernels[launches.kernel(launch)];
    if (this.alone) residents.start(launch, index, kernel);
    else this.startAmongOthers(launch, index, kernel);
    return true;
  }

  /** A plain function may run for long: others must be able to move the streams on meanwhile. */
  private startAmongOthers(launch: number, index: number, kernel: LoadedKernel): void {
    this.shown = this.residents.count + OCCUPIED;
    Atomics.store(this.words, this.line + RESIDENT, this.shown);
    const open = this.leads ? this.frontEnd.open : 0;
    this.stepDown();
    if (Atomics.load(this.words, ASLEEP) !== 0 && (open > 1 || this.frontEnd.busyStreams() > 1)) {
      wakeSome(this.board, 1);
    }
    this.residents.start(launch, index, kernel);
  }

  private showResidents(): void {
    if (this.shown === this.residents.count) return;
    this.shown = this.residents.count;
    Atomics.store(this.words, this.line + RESIDENT, this.shown);
  }

  /** Whether to leave a block to a multiprocessor that has fewer; not for long, it may be stuck. */
  private isPolite(): boolean {
    const { words } = this;
    const own = this.residents.count;
    for (let other = 0; other < words[PROCESSORS]; other++) {
      if (Atomics.load(words, processorLine(other) + RESIDENT) >= own) continue;
      wake(this.board, other);
      const now = performance.now();
      if (this.politeSince === 0) this.politeSince = now;
      if (now - this.politeSince < COURTESY_MS) return true;
    }
    this.politeSince = 0;
    return false;
  }

  private rest(idle: number): void {
    if (idle <= this.spins) return;
    if (idle <= this.spins + YIELDS) native.lcoreYield();
    else this.sleep(idle > this.spins + YIELDS + NAPS ? LONG_NAP_MS : NAP_MS);
  }

  private sleep(nap: number): void {
    const { words, board, number } = this;
    const waits = this.residents.count > 0 || this.frontEnd.open > 0;
    this.stepDown();
    const ticket = lieDown(board, number);
    const missed = Atomics.load(words, ATTENTION) !== this.seen || this.missed(waits);
    if (!missed) sleep(board, number, ticket, waits ? nap : SLEEP_MS);
    getUp(board, number);
  }

  /** Whether there is work that came while this one lay down, for which nobody rang. */
  private missed(waits: boolean): boolean {
    if (this.lost) return false;
    if (!waits && this.launches.next() >= 0) return true;
    if (Atomics.load(this.words, ROLE) !== 0) return false;
    return waits ? this.frontEnd.hasNews() : this.frontEnd.busyStreams() > 0;
  }
}
