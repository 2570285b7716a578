import type { Port } from '../../dpdk/port.js';
import { Turn } from '../../dpdk/turn.js';
import type { CommList } from '../../gpudev/comm-list.js';
import type { HostMemory, Window } from '../../memory/memory.js';
import type { Address } from '../../memory/native.js';
import type { PathShare } from '../../methods/path.js';
import { PathWords } from '../../methods/path-words.js';
import { DROP_REASONS, type DropReason } from '../../telemetry/drops.js';
import { Histogram } from '../../telemetry/histogram.js';
import { Count, type Counter, Tally } from '../../telemetry/tally.js';
import type { L2fwdSnapshot, Latency, QueueCounts } from './result.js';
import type { Stages } from './stages.js';
import { sum } from './sum.js';

/** Reads the counters of a run's lcores where they lie, at any moment, without disturbing them. */
export class Meters {
  private readonly turns: Turn[] = [];
  /** The turns made on each queue: which of them send and which receive is the method's affair. */
  private readonly onQueue: { port: number; queue: number; turns: Turn[] }[] = [];
  private readonly words: PathWords[];
  readonly tallies: Tally[];

  constructor(
    arena: HostMemory,
    shares: PathShare[],
    /** Those that items go round in: none where a method runs to completion. */
    private readonly lists: readonly CommList[],
    private readonly ports: Port[],
    /** What a traffic port lost as a NIC would. */
    private readonly lostBefore: () => number,
    readonly stages: Stages,
  ) {
    const { window } = arena;
    this.words = shares.map((share) => new PathWords(window, share.words));
    const ids = ports.map(({ id }) => id);
    for (const share of shares) {
      this.turn(window, share.rxTurn, ids.indexOf(share.rxPort), share.queue);
      this.turn(window, share.txTurn, ids.indexOf(share.txPort), share.queue);
    }
    this.tallies = shares.flatMap((s) => [
      new Tally(window, s.rxTally),
      new Tally(window, s.txTally),
    ]);
  }

  private turn(window: Window, address: Address, port: number, queue: number): void {
    const turn = new Turn(window, address);
    this.turns.push(turn);
    const known = this.onQueue.find((one) => one.port === port && one.queue === queue);
    if (known === undefined) this.onQueue.push({ port, queue, turns: [turn] });
    else known.turns.push(turn);
  }

  get rx(): { packets: number; bytes: number; missed: number } {
    const packets = sum(this.turns, (turn) => turn.rxPackets);
    const bytes = sum(this.turns, (turn) => turn.rxBytes);
    return { packets, bytes, missed: this.missed };
  }

  get tx(): { packets: number; bytes: number } {
    const packets = sum(this.turns, (turn) => turn.txPackets);
    const bytes = sum(this.turns, (turn) => turn.txBytes);
    return { packets, bytes };
  }

  /** Lost before us: no descriptor, no mbuf, or a bad frame. Ports are asked while they are open. */
  private get missed(): number {
    const lost = sum(this.ports, ({ stats }) => stats.imissed + stats.ierrors + stats.rxNombuf);
    return lost + this.lostBefore();
  }

  get dropped(): Record<DropReason, number> {
    const of = (reason: DropReason) => sum(this.tallies, (tally) => tally.dropped(reason));
    return Object.fromEntries(DROP_REASONS.map((r) => [r, of(r)])) as Record<DropReason, number>;
  }

  get queues(): QueueCounts[] {
    return this.onQueue.map(({ port, queue, turns }) => {
      const rx = { packets: sum(turns, (t) => t.rxPackets), bytes: sum(turns, (t) => t.rxBytes) };
      const tx = { packets: sum(turns, (t) => t.txPackets), bytes: sum(turns, (t) => t.txBytes) };
      return { port, queue, rx, tx };
    });
  }

  count(counter: Counter): number {
    return sum(this.tallies, (tally) => tally.values[Count[counter]]);
  }

  snapshot(seconds: number): L2fwdSnapshot {
    const { rx, tx, dropped, queues } = this;
    const listItems = this.count('items');
    const { occupancy } = this;
    const stages = this.stages.read();
    return { seconds, rx, tx, dropped, queues, listItems, occupancy, stages };
  }

  private get occupancy(): { used: number; of: number } {
    const used = this.lists.reduce((n, _, i) => n + this.words[i].underWay, 0);
    const of = sum(this.lists, ({ items }) => items);
    return { used, of };
  }

  /** From the first packet counted to the last one sent, and what was sent in that time. */
  rate(tscHz: number): { seconds: number; mpps: number; gbps: number } {
    const counting = this.tallies.filter((tally) => tally.values[Count.counting] !== 0);
    if (counting.length === 0) return { seconds: 0, mpps: 0, gbps: 0 };
    const start = Math.min(...counting.map((tally) => tally.values[Count.startTsc]));
    const end = Math.max(...counting.map((tally) => tally.values[Count.endTsc]));
    const seconds = (end - start) / tscHz;
    const { tx } = this;
    const packets = tx.packets - this.count('startPackets');
    const bytes = tx.bytes - this.count('startBytes');
    if (seconds <= 0) return { seconds: 0, mpps: 0, gbps: 0 };
    return { seconds, mpps: packets / seconds / 1e6, gbps: (bytes * 8) / seconds / 1e9 };
  }

  /** Latencies of all lcores together, in memory of its own. */
  get histogram(): Histogram {
    const all = Histogram.alone();
    for (const tally of this.tallies) all.merge(tally.latency);
    return all;
  }

  get latency(): Latency {
    const all = this.histogram;
    const us = (share: number) => all.percentile(share) / 1000;
    return { p50: us(0.5), p90: us(0.9), p99: us(0.99), p999: us(0.999), max: all.max / 1000 };
  }
}
