import type { Mempool } from '../dpdk/mempool.js';
import { Port } from '../dpdk/port.js';
import { Ring } from '../dpdk/ring.js';
import type { TrafficSpec } from './spec.js';

/**
 * Two net_ring ports back to back, a ring each way for each queue: `near` is forwarded like any
 * port, at `far` traffic comes from and goes to.
 */
export class TrafficPort {
  private constructor(
    readonly spec: TrafficSpec,
    readonly near: Port,
    readonly far: Port,
    private readonly rings: readonly Ring[],
  ) {}

  static open(spec: TrafficSpec, queues: number): TrafficPort {
    const rings: Ring[] = [];
    const ports: Port[] = [];
    const lay = (way: string) =>
      Array.from({ length: queues }, (_, queue) => {
        const ring = Ring.create(`${spec.name}_${way}${queue}`, spec.slots);
        rings.push(ring);
        return ring;
      });
    const end = (name: string, rx: Ring[], tx: Ring[]) => {
      const port = Port.fromRings(name, rx, tx);
      ports.push(port);
      return port;
    };
    try {
      const [there, back] = [lay('there'), lay('back')];
      const near = end(spec.name, there, back);
      return new TrafficPort(spec, near, end(`${spec.name}_far`, back, there), rings);
    } catch (error) {
      for (const port of ports) port.close();
      for (const ring of rings) ring.free();
      throw error;
    }
  }

  /** Starts the far end; the near one is whoever's who forwards. */
  start(queues: number, pool: Mempool): void {
    this.far.configure(queues, pool).start();
  }

  /** Nobody may use either end any more. Frames still in a ring go back to their pool. */
  close(): void {
    this.near.close();
    this.far.close();
    for (const ring of this.rings) ring.free();
  }
}
