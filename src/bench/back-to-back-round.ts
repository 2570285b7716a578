import { setTimeout as sleep } from 'node:timers/promises';
import type { L2fwdOptions } from '../apps/l2fwd/options.js';
import type { L2fwdResult } from '../apps/l2fwd/result.js';
import { cpuOrder } from '../lcore/cpu-order.js';
import { native } from '../memory/native.js';
import { methods } from '../methods/table.js';
import { type StageRates, stageRates } from '../telemetry/stages.js';
import type { BackToBackOptions, BackToBackPoint } from './back-to-back.js';
import { type Counts, endsOf, Generator } from './generator.js';
import { wantHugepages } from './hugepages.js';
import { l2fwdMiddle, type Middle, type Passed, testpmdMiddle } from './middle.js';

/** One second of a round: frames in that second, not totals. */
export interface Second {
  second: number;
  sent: number;
  /** Of l2fwd, not known of a testpmd. */
  rx?: number;
  tx?: number;
  dropped?: number;
  back: number;
  /** Of the frames that came back; one way, of those that l2fwd sent on. */
  mpps: number;
  gbps: number;
}

/** What one round counted from its first frame to its last, warm-up included; rates are without. */
export interface BackToBackRound extends Passed {
  sent: number;
  refused: number;
  back: number;
  sentMpps: number;
  sentGbps: number;
  mpps: number;
  gbps: number;
  seconds: Second[];
  /** What l2fwd's stages did in the seconds measured. */
  stages?: StageRates[];
  result?: L2fwdResult;
}

export interface RoundSetup {
  options: BackToBackOptions;
  point: BackToBackPoint;
  program: string;
  /** The link's socket. */
  path: string;
  /** A testpmd forwards instead of l2fwd. */
  inPlace: boolean;
  say(second: Second): void;
  stop?: AbortSignal;
}

/** Enough for every loop to be compiled, in seconds. */
const WARMUP = 1;
const QUIET_SECONDS = 3;
const HEADROOM = 128;
/** Takes what it is given and makes nothing (net_null of DPDK). */
const SINK = 'net_null0,no-rx=1';
/** An mbuf's room for frame, unless frames are longer. */
const ROOM = 2048;
const MBUFS_A_QUEUE = 16_384;

/** Opens the middle, then the generator; frames for so many seconds; then waits for the last one. */
export async function runRound(setup: RoundSetup): Promise<BackToBackRound> {
  const { options, point, program, path, inPlace } = setup;
  const { frameBytes, queues } = point;
  const room = Math.max(ROOM, frameBytes);
  const ends = endsOf(options.port, path, queues, room, options.zeroCopy);
  const cpus = placesOf(point);
  const common = {
    program,
    queues,
    burst: options.burst,
    mbufs: MBUFS_A_QUEUE * queues,
    mbufBytes: room + HEADROOM,
  };
  if (options.zeroCopy) wantHugepages('--zero-copy', common.mbufs, common.mbufBytes);
  const middle = inPlace
    ? await testpmdMiddle({ ...common, vdevs: [ends.listens], cpus: cpus.middle }, path)
    : await l2fwdMiddle(l2fwdOptions(options, point, ends.listens, room));
  const vdevs = [ends.calls];
  const own = { frameBytes, vdevs, hugepages: options.zeroCopy, cpus: cpus.generator };
  const generator = new Generator({ ...common, ...own });
  let done = false;
  try {
    await generator.connect();
    await generator.generate();
    const seconds = await measure(setup, generator, middle);
    await generator.drain();
    const { sent, back } = await quiet(setup, generator, middle);
    await generator.halt();
    const passed = await middle.end();
    done = true;
    return { ...passed, sent, back, refused: generator.refused, ...seconds };
  } finally {
    await generator.quit();
    if (!done) await middle.abandon();
  }
}

function l2fwdOptions(
  { device, memory, burst, verify, oneWay }: BackToBackOptions,
  { method, queues }: BackToBackPoint,
  port: string,
  mbufSize: number,
): Partial<L2fwdOptions> {
  const ports = oneWay ? [port, SINK] : [port];
  return { ports, method, device, memory, burst, verify, oneWay, mbufSize, pipelines: queues };
}

/**
 * CPUs of the two testpmds, the command line's first. l2fwd takes the first for its main thread and
 * those after it for its lcores; the generator takes the last ones that this leaves.
 */
function placesOf({ method, queues }: BackToBackPoint): Record<'middle' | 'generator', Cpus> {
  const [first, ...others] = cpuOrder(native.lcoreCpus());
  const way = methods[method];
  const lcores = 'runToCompletion' in way ? queues : queues * Object.keys(way.lcores).length;
  const left = others.slice(lcores);
  const generator = left.length > 0 ? left.slice(-queues) : [first];
  const middle = others.length > 0 ? others.slice(0, queues) : [first];
  return { middle: [first, ...middle], generator: [first, ...generator] };
}

type Cpus = [number, ...number[]];

/**
 * What the generator has sent and what is back with it; one way, what l2fwd has sent on as well. (Then
 * nothing is to come back: a frame that does is one too many.)
 */
async function counted(
  { options, point }: RoundSetup,
  generator: Generator,
  middle: Middle,
): Promise<{ counts: Counts; passed?: Passed }> {
  const counts = await generator.counts();
  const passed = middle.passed();
  if (!options.oneWay || passed === undefined) return { counts, passed };
  const back = counts.back + passed.tx;
  const backBytes = counts.backBytes + passed.tx * point.frameBytes;
  return { counts: { ...counts, back, backBytes }, passed };
}

async function measure(
  setup: RoundSetup,
  generator: Generator,
  middle: Middle,
): Promise<Omit<BackToBackRound, 'sent' | 'back' | 'refused' | keyof Passed>> {
  const { options, say, stop } = setup;
  const wait = (seconds: number) =>
    sleep(seconds * 1000, undefined, { signal: stop }).catch(() => {});
  await wait(WARMUP);
  const look = async () => {
    const found = await counted(setup, generator, middle);
    return { ...found, stages: middle.stages?.() };
  };
  const start = await look();
  const seconds: Second[] = [];
  let before = start;
  for (let left = options.seconds; left > 0 && !stop?.aborted; left--) {
    await wait(Math.min(1, left));
    const now = await look();
    const second = between(seconds.length + 1, before.counts, now.counts);
    seconds.push({ ...second, ...passedBetween(before.passed, now.passed) });
    say(seconds[seconds.length - 1]);
    before = now;
  }
  const ms = before.counts.at - start.counts.at;
  const rate = (of: 'sent' | 'back' | 'sentBytes' | 'backBytes') =>
    ms > 0 ? (before.counts[of] - start.counts[of]) / ms : 0;
  return {
    seconds,
    ...(before.stages && { stages: stageRates(before.stages, start.stages) }),
    sentMpps: rate('sent') / 1e3,
    sentGbps: (rate('sentBytes') * 8) / 1e6,
    mpps: rate('back') / 1e3,
    gbps: (rate('backBytes') * 8) / 1e6,
  };
}

function between(second: number, before: Counts, now: Counts): Second {
  const ms = now.at - before.at;
  const back = now.back - before.back;
  const gbps = ((now.backBytes - before.backBytes) * 8) / ms / 1e6;
  return { second, sent: now.sent - before.sent, back, mpps: back / ms / 1000, gbps };
}

function passedBetween(
  before: Passed | undefined,
  now: Passed | undefined,
): Pick<Second, 'rx' | 'tx' | 'dropped'> {
  if (before === undefined || now === undefined) return {};
  const dropped = lostOf(now) - lostOf(before);
  return { rx: now.rx - before.rx, tx: now.tx - before.tx, dropped };
}

/** Frames dropped for whatever reason. */
export function lostOf({ dropped }: Passed): number {
  return Object.values(dropped).reduce((sum, packets) => sum + packets, 0);
}

/** Waits until all that was sent is back, or nothing has come back or passed for QUIET_SECONDS. */
async function quiet(setup: RoundSetup, generator: Generator, middle: Middle): Promise<Counts> {
  let moved = performance.now();
  let before = -1;
  for (;;) {
    const { counts: now, passed } = await counted(setup, generator, middle);
    const lost = passed === undefined ? 0 : lostOf(passed) + passed.missed;
    if (now.sent === now.back + lost) return now;
    const all = now.back + (passed?.rx ?? 0);
    if (all !== before) moved = now.at;
    // What is still missing then is lost, which the row will say.
    if (now.at - moved > QUIET_SECONDS * 1000) return now;
    before = all;
    await sleep(20);
  }
}
