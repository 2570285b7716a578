import { Mempool } from '../../dpdk/mempool.js';
import type { BufferSplit, Port } from '../../dpdk/port.js';
import type { Address } from '../../memory/native.js';
import type { SplitShare } from '../../methods/split-intake.js';
import { splitsItself } from './blind-port.js';
import type { PacketMemory } from './packet-memory.js';
import type { Plan } from './plan.js';

/**
 * What a run needs to split frames (--header-split): a second mempool in host memory, which ports
 * receive into. Headers stay there; payloads are in the run's own pool, in the device's memory.
 */
export class SplitMemory {
  private constructor(
    /** Of headers, and of whole frames until the RX lcore splits them. */
    readonly pool: Mempool,
    private readonly bytes: number,
    private readonly payloads: PacketMemory,
    private readonly room: number,
  ) {}

  /** Headers of `bytes` bytes. The errors are those of making a mempool. */
  static create(bytes: number, { mbufs, frameBytes }: Plan, payloads: PacketMemory): SplitMemory {
    const pool = Mempool.create({ name: 'headers', mbufs, frameBytes });
    return new SplitMemory(pool, bytes, payloads, Mempool.holds(frameBytes));
  }

  /** What a port is configured with that splits frames itself; undefined for the others. */
  forPort(port: Port): BufferSplit | undefined {
    return splitsItself(port) ? { bytes: this.bytes, payloads: this.payloads.pool } : undefined;
  }

  /** A path's own, which receives from `port`; its `lines` are in the arena. */
  share(port: Port, lines: Address): SplitShare {
    const { pool, bytes, payloads, room } = this;
    return {
      bytes,
      byPort: splitsItself(port),
      headers: pool.span,
      pool: payloads.pool.handle,
      room,
      nowhere: payloads.pool.span.address + payloads.delta,
      lines,
    };
  }

  /** The ports must be closed. */
  close(): void {
    this.pool.free();
  }
}
