import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { fail } from '../errors.js';

/** A byte address of this process. x86-64 user space ends at 2^47: exact in a number. */
export type Address = number;

/** A DPDK object behind a pointer (`struct rte_mempool *`), as a number. */
export type Handle = number;

/** `rte_eth_stats`, counted since the port started. */
export interface PortStats {
  ipackets: number;
  opackets: number;
  ibytes: number;
  obytes: number;
  /** Frames the device dropped because nobody fetched them. */
  imissed: number;
  ierrors: number;
  oerrors: number;
  /** Frames lost because the mempool was empty. */
  rxNombuf: number;
}

export interface PortInfo {
  name: string;
  driver: string;
  mac: string;
  mtu: number;
  /** NUMA node, -1 where unknown. */
  socket: number;
  maxRxQueues: number;
  maxTxQueues: number;
  /** RTE_ETH_RX_OFFLOAD_…, as bits. */
  rxOffloads: number;
  /** Pools that a frame's segments may come from, one after another (0: from one alone). */
  splitPools: number;
  /** Kinds of headers behind which it splits frames; none or an errno below 0: it splits by length. */
  splitHeaders: number;
}

export interface PortLink {
  up: boolean;
  /** Mbit/s, 0 where unknown. */
  mbps: number;
  fullDuplex: boolean;
}

/**
 * The functions of the DPDK shim, as native/dpdk exports them: one DPDK call each. They throw an
 * Error whose `code` is the errno. Nothing outside src/memory, src/dpdk and src/lcore calls them.
 */
export interface Native {
  memoryAllocate(bytes: number): Address;
  memoryRelease(address: Address, bytes: number): void;
  memoryView(address: Address, bytes: number): ArrayBuffer;
  memoryDetach(buffer: ArrayBuffer): void;

  ealInit(args: string[], echo: boolean): void;
  ealCleanup(): void;
  logTake(): string;
  dpdkVersion(): string;
  tsc(): number;
  tscHz(): number;

  lcoreRegister(): number;
  lcoreName(name: string): void;
  lcorePin(cpu: number): void;
  lcoreCpus(): number[];
  threadCpus(tid: number): number[];
  threadPlace(tid: number, cpus: readonly number[]): void;
  lcorePause(times: number): void;
  lcoreYield(): void;
  lcoreSleep(microseconds: number): void;
  lcoreMark(): void;

  mempoolBytes(mbufs: number, room: number, external: number): number;
  mempoolCreate(
    name: string,
    mbufs: number,
    cache: number,
    room: number,
    address: Address,
    bytes: number,
    buffers: Address,
    ops: string,
  ): Handle;
  extmemRegister(address: Address, bytes: number, pageSize: number): void;
  extmemUnregister(address: Address, bytes: number): void;
  mempoolFree(pool: Handle): void;
  mempoolAvailable(pool: Handle): number;
  mbufAllocate(pool: Handle, array: Address, count: number): boolean;
  mbufLinearize(array: Address, count: number): void;
  mbufFree(array: Address, count: number): void;

  portAttach(devargs: string): number[];
  portDetach(id: number): void;
  portConfigure(id: number, rxQueues: number, txQueues: number, offloads: number): void;
  portDescriptors(id: number, rx: number, tx: number): [number, number];
  portRxQueue(id: number, queue: number, descriptors: number, pool: Handle): void;
  portDmaMap(id: number, address: Address, bytes: number): boolean;
  portDmaUnmap(id: number, address: Address, bytes: number): void;
  portRxQueueSplit(
    id: number,
    queue: number,
    descriptors: number,
    headers: Handle,
    bytes: number,
    payloads: Handle,
  ): void;
  portTxQueue(id: number, queue: number, descriptors: number): void;
  portStart(id: number): void;
  portStop(id: number): void;
  portReap(id: number, queue: number): void;
  portInfo(id: number): PortInfo;
  portLink(id: number): PortLink;
  portStats(id: number): PortStats;
  portXstats(id: number): Record<string, number>;

  ringCreate(name: string, slots: number): Handle;
  ringFree(ring: Handle): void;
  ringDequeue(ring: Handle, array: Address, most: number): number;
  portFromRings(name: string, rx: Handle[], tx: Handle[]): number;

  portGated(id: number): boolean;
  gateClosings(): number;

  bindTurn(block: Address): () => void;
  bindDigest(block: Address): () => void;
  bindMakeFrames(block: Address): () => void;
  bindKeepFrames(block: Address): () => void;
  bindFreeFrames(block: Address): () => void;
  bindPack(block: Address): () => void;
  bindUnpack(block: Address): () => void;
  bindStock(block: Address): () => void;
  bindLand(block: Address): () => void;
  bindMakeTwins(block: Address): () => void;
  bindTakeOver(block: Address): () => void;
  bindSplit(block: Address): () => void;
  bindSplitDigest(block: Address): () => void;
  packetsDescribe(mbufs: Address, packets: Address, count: number, delta: number): void;
  packetWrite(mbuf: Address, from: Address, bytes: number): boolean;
  packetRead(mbuf: Address, to: Address, room: number): number;
}

function load(): Native {
  const file = fileURLToPath(new URL('../../build/dpdk.node', import.meta.url));
  try {
    return createRequire(import.meta.url)(file) as Native;
  } catch (cause) {
    fail('NATIVE_MISSING', { file, reason: (cause as Error).message });
  }
}

export const native = load();
