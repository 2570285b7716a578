import type { L2fwdResult, L2fwdSnapshot } from '../apps/l2fwd/result.js';

/** A result as of a run of three pipelines that lost a little, for tests of what is printed. */
export function resultLike(changes: Partial<L2fwdResult> = {}): L2fwdResult {
  return {
    app: 'l2fwd',
    version: '0.1.0',
    method: 'persistent',
    device: { driver: 'software', name: 'eight multiprocessors' },
    memory: 'host',
    statusIn: 'host',
    burst: 64,
    items: 256,
    pipelines: 3,
    lcores: 2,
    ports: [{ name: 'net_null0', driver: 'net_null', mac: '02:00:00:00:00:01' }],
    rx: { packets: 1_234_567, bytes: 79_012_288, missed: 5 },
    tx: { packets: 1_234_555, bytes: 79_011_520 },
    dropped: { tx_full: 10, kernel_error: 0, aborted: 2 },
    queues: [0, 1, 2].map((queue) => ({
      port: 0,
      queue,
      rx: { packets: 411_522 + (queue === 0 ? 1 : 0), bytes: 26_337_429 },
      tx: { packets: 411_518 + (queue === 0 ? 1 : 0), bytes: 26_337_173 },
    })),
    unchanged: { runt: 1 },
    listItems: 20_000,
    launches: 1,
    seconds: 1.5,
    mpps: 0.823,
    gbps: 0.4214,
    latencyUs: { p50: 12.34, p90: 23.45, p99: 234.5, p999: 2345.6, max: 12_345.6 },
    stages: [],
    mempool: { size: 19_968, available: 19_968 },
    warmup: { packets: 0 },
    ...changes,
  };
}

/** The state of such a run `seconds` after its start, at a steady million packets a second. */
export function snapshotLike(seconds: number, changes: Partial<L2fwdSnapshot> = {}): L2fwdSnapshot {
  const packets = seconds * 1e6;
  return {
    seconds,
    rx: { packets: packets + 100, bytes: (packets + 100) * 64, missed: 0 },
    tx: { packets, bytes: packets * 64 },
    dropped: { tx_full: 0, aborted: 0 },
    queues: [],
    listItems: packets / 50,
    occupancy: { used: 12, of: 256 },
    stages: [],
    ...changes,
  };
}
