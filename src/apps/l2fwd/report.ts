import { statSync } from 'node:fs';
import { scanCapture } from '../../capture/capture.js';
import { Eal } from '../../dpdk/eal.js';
import type { Mempool } from '../../dpdk/mempool.js';
import { WarplineError } from '../../errors.js';
import type { Disturbed } from '../../lcore/lcore.js';
import type { Prepared } from '../../methods/method.js';
import { stageRates } from '../../telemetry/stages.js';
import { version } from '../../version.js';
import type { L2fwdResult, PoolCounts } from './result.js';
import type { Rig } from './rig.js';

/**
 * Puts the result of a run together: all lcores have ended, the ports are closed on the way.
 * `disturbed`: each lcore, in the order of their stages.
 */
export async function report(
  rig: Rig,
  prepared: Prepared[],
  disturbed: (Disturbed | undefined)[],
  failure?: WarplineError,
): Promise<L2fwdResult> {
  const { options, plan, meters, device, memory, splitting, unloading, landing, ports } = rig;
  const { rx, tx, dropped, queues } = meters;
  const portInfo = ports.all.map(({ info: { name, driver, mac } }) => ({ name, driver, mac }));
  const launched = prepared.reduce((n, { posted }) => n + ((posted.launches as number) ?? 0), 0);
  rig.closePorts();
  const error = failure ?? outputFault(rig, tx.packets) ?? leak(rig);
  return {
    app: 'l2fwd',
    version,
    method: options.method,
    device: { driver: device.info.driver, name: device.info.name },
    memory: options.memory,
    statusIn: rig.lists[0].statusIn,
    burst: options.burst,
    items: plan.items,
    pipelines: options.pipelines,
    lcores: Object.keys(rig.method.lcores).length,
    ports: portInfo,
    rx,
    tx,
    dropped,
    queues,
    unchanged: { runt: meters.count('runts') },
    listItems: meters.count('items'),
    launches: meters.count('launches') + launched,
    ...meters.rate(Eal.tscHz),
    latencyUs: meters.latency,
    stages: stageRates(meters.stages.read()).map((stage, i) => ({ ...stage, ...disturbed[i] })),
    ...(options.verify && {
      verify: { checked: meters.count('checked'), wrong: meters.count('wrong') },
    }),
    mempool: count(memory.pool),
    ...(splitting && { headerSplit: options.headerSplit, headerPool: count(splitting.pool) }),
    ...(unloading && { unloadPool: count(unloading.pool) }),
    ...(landing && { landingPool: count(landing.pool) }),
    ...(rig.traffic && { traffic: rig.traffic.result }),
    ...(plan.input && {
      input: {
        file: plan.input.file,
        frames: plan.input.frames,
        truncated: plan.input.truncated,
      },
    }),
    warmup: { packets: options.warmup },
    ...(rig.cpus && { cpus: rig.cpus }),
    ...(rig.crowded && { crowded: true as const }),
    ...(error && { error: { code: error.code, message: error.message } }),
  };
}

function count({ size, available, kept }: Mempool): PoolCounts {
  return { size, available, ...(kept !== 0 && { kept }) };
}

/** Nobody outside sees the other pools' mbufs, so that nobody would notice. */
function leak({ unloading, splitting, landing }: Rig): WarplineError | undefined {
  for (const beside of [unloading, splitting, landing]) {
    if (beside === undefined) continue;
    const { size, available, kept } = beside.pool;
    if (size !== available + kept) return new WarplineError('MBUFS_MISSING', { size, available });
  }
  return undefined;
}

/** net_pcap does not say when the disk is full: the file is counted again. */
function outputFault({ options }: Rig, sent: number): WarplineError | undefined {
  const { out: file } = options;
  if (file === undefined) return undefined;
  // What went to a FIFO or a device cannot be read again.
  if (statSync(file, { throwIfNoEntry: false })?.isFile() === false) return undefined;
  const short = (written: number, reason: string) =>
    new WarplineError('OUTPUT_SHORT', { file, written, sent, reason });
  try {
    const { frames, truncated } = scanCapture(file);
    if (truncated) return short(frames, 'it is cut off');
    return frames === sent ? undefined : short(frames, 'frames are missing');
  } catch (error) {
    // The file is gone, or has not even a capture's header.
    if (error instanceof WarplineError) return short(0, String(error.details.reason));
    throw error;
  }
}
