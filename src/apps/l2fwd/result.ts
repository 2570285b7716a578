import type { StatusIn } from '../../gpudev/comm-list.js';
import type { StageCounts, StageRates } from '../../telemetry/stages.js';
import type { TrafficResult } from '../../traffic/traffic.js';

/**
 * What a run of l2fwd reports (`--json`): the contract others script against. Fields may be added,
 * never renamed. `rx.packets = tx.packets + Σ dropped`; `mempool.available = mempool.size`,
 * but for what a driver keeps (`kept`).
 */
export interface L2fwdResult {
  app: 'l2fwd';
  version: string;
  method: string;
  device: { driver: string; name: string };
  memory: string;
  /** Where the comm lists' status words are. */
  statusIn: StatusIn;
  burst: number;
  items: number;
  pipelines: number;
  /** Of a path: 2, one at each end, or 1 at both (with two ports `cpu` has one for both paths). */
  lcores: number;
  ports: { name: string; driver: string; mac: string }[];
  /** `missed`: frames lost before us (imissed, ierrors and rx_nombuf of the ports). */
  rx: { packets: number; bytes: number; missed: number };
  tx: { packets: number; bytes: number };
  /** By registered reason (src/telemetry/drops.ts). */
  dropped: Record<string, number>;
  /** The same packets by port and queue: as many entries as there are of both. */
  queues: QueueCounts[];
  /** Forwarded as they came, by reason. */
  unchanged: { runt: number };
  /** Items of the comm lists that went round. */
  listItems: number;
  /** Kernel and graph launches. */
  launches: number;
  /** From the first packet counted to the last one sent. */
  seconds: number;
  mpps: number;
  /** Frame bytes only: no preamble, gap or checksum. */
  gbps: number;
  latencyUs: Latency;
  /** What each lcore did, and the GPU for each path, from the start of the run to its end. */
  stages: StageRates[];
  verify?: { checked: number; wrong: number };
  /** Of a traffic port: what it sent, and what it found of what came back. */
  traffic?: TrafficResult;
  /** With --trace: the file, windows of items it shows, its tracks and what is on them. */
  trace?: TraceResult;
  mempool: PoolCounts;
  /** Only with --header-split: bytes of a header, and the pool that ports receive into. */
  headerSplit?: number;
  headerPool?: PoolCounts;
  /** Only where frames were unloaded from device memory: the pool they were sent from. */
  unloadPool?: PoolCounts;
  /** Only where a port could not receive into device memory: the pool it received into. */
  landingPool?: PoolCounts;
  input?: { file: string; frames: number; truncated: boolean };
  /** Packets left out of seconds, mpps, gbps and latency (`--warmup`). */
  warmup: { packets: number };
  /** CPUs that the lcores were pinned to, as --cpus has them; absent: they were not. */
  cpus?: readonly number[];
  /** Only where threads outnumbered the CPUs: they gave way to each other, and rates say little. */
  crowded?: true;
  /** Only when the run was ended by an error: its code and line. The counts above hold still. */
  error?: { code: string; message: string };
}

/** `available` + `kept` = `size` at the end of a run. */
export interface PoolCounts {
  size: number;
  available: number;
  /** Only where a port's driver did not give back what it took when it was set up (docs/ports.md). */
  kept?: number;
}

/** What was written of a run with --trace. */
export interface TraceResult {
  file: string;
  windows: number;
  tracks: number;
  slices: number;
}

/** What one queue of a port has brought and taken since the start of the run. */
export interface QueueCounts {
  /** Its place in `ports`. */
  port: number;
  queue: number;
  rx: { packets: number; bytes: number };
  tx: { packets: number; bytes: number };
}

/** Receive call's return to send call's return, per packet, in microseconds. */
export interface Latency {
  p50: number;
  p90: number;
  p99: number;
  p999: number;
  max: number;
}

/** The state of a run at one moment, for live statistics; counts since its start. */
export interface L2fwdSnapshot {
  /** Seconds since the lcores started. */
  seconds: number;
  rx: { packets: number; bytes: number; missed: number };
  tx: { packets: number; bytes: number };
  dropped: Record<string, number>;
  queues: QueueCounts[];
  listItems: number;
  /** Of a traffic port: frames under way are not `received` yet, and so among the `lost`. */
  traffic?: TrafficResult;
  /** Items not FREE now, and all items, over all lists (0 of 0 for methods without a list). */
  occupancy: { used: number; of: number };
  /** Each lcore, then what the GPU does for each path. */
  stages: StageCounts[];
}
