import { fail } from '../errors.js';
import { native, type PortInfo, type PortLink, type PortStats } from '../memory/native.js';
import { lastWords } from './eal.js';
import type { Mempool } from './mempool.js';
import type { Ring } from './ring.js';

export type { PortInfo, PortLink, PortStats } from '../memory/native.js';

/** Descriptors asked for a queue; the device's own limits win. */
const DESCRIPTORS = 1024;

/** RTE_ETH_RX_OFFLOAD_BUFFER_SPLIT (rte_ethdev.h). */
const BUFFER_SPLIT = 2 ** 20;

/** Where the port puts what is behind the first `bytes` bytes of a frame. */
export interface BufferSplit {
  bytes: number;
  payloads: Mempool;
}

/** How often, a millisecond apart, a port is asked for what it has sent. */
const REAPS = 5;

/**
 * An Ethernet port (`rte_ethdev`): attached by devargs, given queues, started, stopped, detached.
 * Source: rte_ethdev.h; the poll mode driver's guide for what its devargs take.
 */
export class Port {
  private open = true;
  private started = false;
  /** Spans that the device's DMA reaches. */
  private readonly reached: Mempool['span'][] = [];
  private queues = 0;
  private pool?: Mempool;
  /** mbufs that its driver took when it was set up, and those in the pool before that and at its stop. */
  private taken = 0;
  private inPool = 0;

  private constructor(
    readonly id: number,
    readonly devargs: string,
    readonly info: PortInfo,
  ) {}

  /** Probes the device `devargs` names: `net_null0,size=64`, or a PCI address with its arguments. */
  static attach(devargs: string): Port {
    let ids: number[];
    native.logTake();
    try {
      ids = native.portAttach(devargs);
    } catch (cause) {
      return fail('PORT_ATTACH', { devargs, reason: lastWords(cause) });
    }
    if (ids.length === 0)
      fail('PORT_ATTACH', { devargs, reason: 'it is attached already, or brought no port' });
    return new Port(ids[0], devargs, native.portInfo(ids[0]));
  }

  /** A port made of rings (`rte_eth_from_rings`), a queue for each; it does not own them. */
  static fromRings(name: string, rx: readonly Ring[], tx: readonly Ring[]): Port {
    native.logTake();
    const handles = (rings: readonly Ring[]) => rings.map(({ handle }) => handle);
    try {
      const id = native.portFromRings(name, handles(rx), handles(tx));
      return new Port(id, name, native.portInfo(id));
    } catch (cause) {
      return fail('PORT_ATTACH', { devargs: name, reason: lastWords(cause) });
    }
  }

  /** Whether it cuts frames itself, behind so many bytes, into segments of two pools. */
  get splits(): boolean {
    const { rxOffloads, splitPools, splitHeaders } = this.info;
    const offered = Math.floor(rxOffloads / BUFFER_SPLIT) % 2 === 1;
    return offered && splitPools >= 2 && splitHeaders <= 0;
  }

  /**
   * `queues` RX and TX queues, RX filled from `pool`; more than one spread by RSS where it can. With
   * `split`, of a port that `splits`, only headers go into `pool`.
   */
  configure(queues: number, pool: Mempool, split?: BufferSplit): this {
    const { maxRxQueues, maxTxQueues } = this.info;
    const max = Math.min(maxRxQueues, maxTxQueues);
    if (queues > max) fail('PORT_QUEUES', { devargs: this.devargs, queues, max });
    this.reach(pool);
    if (split !== undefined) this.reach(split.payloads);
    this.queues = queues;
    this.pool = pool;
    this.inPool = pool.available;
    try {
      native.portConfigure(this.id, queues, queues, split === undefined ? 0 : BUFFER_SPLIT);
      const [rx, tx] = native.portDescriptors(this.id, DESCRIPTORS, DESCRIPTORS);
      for (let queue = 0; queue < queues; queue++) {
        this.setUpRx(queue, rx, pool, split);
        native.portTxQueue(this.id, queue, tx);
      }
    } catch (cause) {
      fail('PORT_SETUP', { devargs: this.devargs, reason: lastWords(cause) });
    }
    return this;
  }

  /**
   * Lets the device's DMA reach a pool's buffers: memory of ours, which DPDK maps for no device by
   * itself (the programmer's guide, "Support for Externally Allocated Memory"). Done for the pools it
   * receives into; for one that it only sends from, before it does. Once is enough. A vdev has no
   * DMA: that is no error. @throws PORT_SETUP.
   */
  reach({ span }: Mempool): void {
    if (this.reached.includes(span)) return;
    try {
      if (native.portDmaMap(this.id, span.address, span.bytes)) this.reached.push(span);
    } catch (cause) {
      fail('PORT_SETUP', { devargs: this.devargs, reason: lastWords(cause) });
    }
  }

  private setUpRx(queue: number, descriptors: number, pool: Mempool, split?: BufferSplit): void {
    if (split === undefined) native.portRxQueue(this.id, queue, descriptors, pool.handle);
    else {
      const pools = [pool.handle, split.bytes, split.payloads.handle] as const;
      native.portRxQueueSplit(this.id, queue, descriptors, ...pools);
    }
  }

  start(): this {
    try {
      native.portStart(this.id);
    } catch (cause) {
      fail('PORT_SETUP', { devargs: this.devargs, reason: lastWords(cause) });
    }
    this.started = true;
    // Nobody has received yet: what is no longer there is in the driver's rings.
    if (this.pool !== undefined) this.taken = this.inPool - this.pool.available;
    return this;
  }

  get stats(): PortStats {
    return native.portStats(this.id);
  }

  get extendedStats(): Record<string, number> {
    return native.portXstats(this.id);
  }

  get link(): PortLink {
    return native.portLink(this.id);
  }

  stop(): void {
    if (!this.started) return;
    this.started = false;
    this.reap();
    this.inPool = this.pool?.available ?? 0;
    native.portStop(this.id);
  }

  /**
   * Stops the port and removes its device; mbufs it held go back to their pool, which must be there
   * until then. What its driver took when it was set up and does not give back is the pool's `kept`; no
   * lcore may hold mbufs meanwhile.
   */
  close(): void {
    // Once: the id may be another port's by now.
    if (!this.open) return;
    this.open = false;
    this.stop();
    for (const { address, bytes } of this.reached.splice(0))
      native.portDmaUnmap(this.id, address, bytes);
    native.portDetach(this.id);
    const { pool, taken, inPool } = this;
    if (pool !== undefined) pool.kept += Math.max(0, taken - (pool.available - inPool));
  }

  /**
   * net_af_xdp asks the kernel which frames have gone out before it sends, not after, and not when it
   * is closed: what it sent last comes back with a burst of nothing.
   */
  private reap(): void {
    if (this.info.driver !== 'net_af_xdp') return;
    for (let round = 0; round < REAPS; round++) {
      for (let queue = 0; queue < this.queues; queue++) native.portReap(this.id, queue);
      native.lcoreSleep(1000);
    }
  }
}
