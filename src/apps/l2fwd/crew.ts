import { Eal } from '../../dpdk/eal.js';
import { ExitWord } from '../../kernels/exit-word.js';
import { fingerprint } from '../../kernels/fingerprint.js';
import { unload } from '../../kernels/unload.js';
import { CROWDED, ROOMY } from '../../lcore/idle.js';
import { Lcore, type LcoreSpec } from '../../lcore/lcore.js';
import { HostMemory } from '../../memory/memory.js';
import { FINGERPRINT_BYTES } from '../../methods/digest.js';
import type { LcoreData } from '../../methods/lcore-program.js';
import type { Method, Prepared } from '../../methods/method.js';
import type { PathShare } from '../../methods/path.js';
import { Traffic } from '../../traffic/traffic.js';
import type { Rig } from './rig.js';

const PROGRAM = {
  module: new URL('../../methods/lcore-program.js', import.meta.url).href,
  export: 'runLcore',
};

/** Puts the method's work on the device, path by path, before anything runs there. */
export async function prepare(rig: Rig): Promise<Prepared[]> {
  if (rig.gpuVerifies) await prepareDigests(rig);
  await prepareUnloading(rig);
  rig.traffic = await prepareTraffic(rig);
  await rig.tracing?.start();
  const { device, method, options, plan, lists } = rig;
  if (method.prepare === undefined) return [];
  // Each path's exit word; the device's, as the heartbeats are, until nothing runs there.
  const words = new HostMemory(ExitWord.BYTES * plan.pathCount);
  const seen = device.register(words.address, words.bytes);
  device.own(words);
  const share = (of: number) => Math.max(1, Math.floor(of / plan.pathCount));
  const { residentBlocks, processorCount } = device.info;
  const processors = Math.min(share(processorCount), options.blocks);
  // What is launched beside the method's own kernels must find a place while those await items.
  const blocks = share(residentBlocks - (rig.gpuBeside ? processorCount : 0));
  const hearts = new HostMemory(4 * processors * plan.pathCount);
  const beats = device.register(hearts.address, hearts.bytes);
  device.own(hearts);
  const prepared: Prepared[] = [];
  for (const [i, list] of lists.entries()) {
    const exitWord = new ExitWord(words, seen, i);
    rig.exits.push(exitWord);
    const { packetTimeNs } = options;
    const { kernel } = rig;
    const heartbeats = beats + 4 * processors * i;
    rig.heartbeats.push(hearts.window.i32.subarray(processors * i, processors * (i + 1)));
    const { gpu } = device;
    const room = { processors, blocks, exitWord, heartbeats };
    const setup = { gpu, kernel, list, packetTimeNs, ...room };
    prepared.push(await method.prepare(setup));
  }
  return prepared;
}

async function prepareTraffic(rig: Rig): Promise<Traffic | undefined> {
  const { ports, options, device, memory, splitting, method, plan, state } = rig;
  if (ports.traffic === undefined) return undefined;
  return Traffic.prepare({
    port: ports.traffic,
    queues: options.pipelines,
    device,
    onGpu: rig.gpuTraffic,
    pool: splitting?.pool ?? memory.pool,
    delta: splitting === undefined ? memory.delta : 0,
    split: splitting !== undefined,
    kernel: method.untouched ? undefined : rig.kernel,
    idle: rig.crowded ? CROWDED : ROOMY,
    frames: plan.limit,
    run: state.address,
    tscHz: Eal.tscHz,
  });
}

/** What fingerprints need on the GPU: loaded before any kernel that does not end. */
async function prepareDigests({ device, shares, arena, options }: Rig): Promise<void> {
  const { gpu } = device;
  const kernel = await gpu.load(fingerprint);
  const { address, bytes } = arena.memory;
  const toDevice = device.register(address, bytes) - address;
  for (const share of shares) {
    const after = arena.take(options.burst * FINGERPRINT_BYTES);
    const [rxStream, txStream] = [gpu.createStream(), gpu.createStream()];
    share.digest = { kernel, rxStream, txStream, after, toDevice };
  }
}

/** The same for the paths that end at a port which reads what it sends. */
async function prepareUnloading(rig: Rig): Promise<void> {
  const { unloading, device, shares, lists, ports } = rig;
  if (unloading === undefined) return;
  const kernel = await device.gpu.load(unload);
  const reading = ports.all.filter((port) => rig.readsToSend(port)).map(({ id }) => id);
  for (const [i, share] of shares.entries())
    if (reading.includes(share.txPort)) share.unload = unloading.share(lists[i], kernel);
}

/** Starts the lcores of a run: one for each role and path, or one for all ports of a queue. */
export function startLcores(rig: Rig, prepared: Prepared[]): Lcore[] {
  const { method, options, device } = rig;
  const specs = lcoreGroups(method, rig.shares).flatMap((paths) =>
    Object.keys(method.lcores).map((role): LcoreSpec => {
      const { index } = paths[0];
      const data: LcoreData = {
        method: options.method,
        role,
        paths,
        posted: prepared[index]?.posted ?? {},
        device: rig.onGpu ? device.handle : undefined,
        kernel: rig.kernel.declared,
        packetTimeNs: options.packetTimeNs,
        headers: rig.splitting && !method.untouched ? rig.kernel.headers : undefined,
      };
      return { name: `wl-${role}${index}`, program: PROGRAM, data };
    }),
  );
  return specs.map((spec, i) => new Lcore({ ...spec, cpu: rig.cpus?.[i] }));
}

/** Starts those of a traffic port, if there is one, on the CPUs behind the others'. */
export function startTraffic({ traffic, cpus, plan, options }: Rig): Lcore[] {
  const first = plan.lcores - options.pipelines;
  return traffic?.start((queue) => cpus?.[first + queue]) ?? [];
}

/** The paths that lcores have in common: each has its own, or all of a queue have one. */
export function lcoreGroups(method: Method, shares: PathShare[]): PathShare[][] {
  if (!method.runToCompletion) return shares.map((share) => [share]);
  const queues = [...new Set(shares.map(({ queue }) => queue))];
  return queues.map((queue) => shares.filter((share) => share.queue === queue));
}
