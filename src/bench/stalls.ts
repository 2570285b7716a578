import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { refusing } from '../apps/l2fwd/cpus.js';
import { Eal } from '../dpdk/eal.js';
import { TURN_BYTES } from '../dpdk/turn.js';
import { keepApart } from '../lcore/apart.js';
import { Lcore } from '../lcore/lcore.js';
import { HostMemory } from '../memory/memory.js';
import { type Address, native } from '../memory/native.js';
import { HISTOGRAM_BYTES, Histogram } from '../telemetry/histogram.js';
import { type Origin, origin } from './machine.js';
import { Away, END, GO, POLLS, STEPS_US, THERE, WATCH_BYTES, type Watch } from './stalls-lcore.js';

/** How long one CPU was away from a thread that never waits. */
export interface StallRow {
  cpu: number;
  /** That it was watched. */
  seconds: number;
  /** Times that the thread stood still for 10, 100, 1000 µs or longer. */
  stalls10us: number;
  stalls100us: number;
  stalls1ms: number;
  longestUs: number;
  /** Share of the time in stalls of 10 µs and more, 0 to 1. */
  lost: number;
  /**
   * ns of a poll where nothing stalled: what the fastest hundredth took (of thousands timed together), half
   * of them, and all but the slowest hundredth. Another thread on the same core makes them slow.
   */
  pollNsP1: number;
  pollNsP50: number;
  pollNsP99: number;
  /** How often the kernel gave the CPU to another thread … */
  preemptions: number;
  /** … and for how long the hypervisor gave it to another guest, as far as it says (proc(5), steal). */
  stolenMs: number;
}

export interface StallsResult extends Origin {
  bench: 'stalls';
  rows: StallRow[];
  /** Ctrl-C ended it early. */
  interrupted?: true;
}

const PROGRAM = {
  module: new URL('./stalls-lcore.js', import.meta.url).href,
  export: 'watchClock',
};

/** What an lcore does before it counts: code is compiled, and the threads get to their CPUs. */
const WARMUP_MS = 200;

/**
 * One lcore a CPU reads the time-stamp counter without a pause, all at once, for so many seconds. What
 * keeps it from doing so (interrupts, other threads, a hypervisor's other guests) keeps an lcore from
 * its port: packets of that time wait in the port's ring, or are lost where it is full.
 * @throws OPTION_VALUE for a CPU this process may not use.
 */
export async function benchStalls(
  { seconds, cpus: given }: { seconds: number; cpus?: readonly number[] },
  { stop, command }: { stop?: AbortSignal; command?: string } = {},
): Promise<StallsResult> {
  Eal.start();
  const cpus = [...new Set(given ?? native.lcoreCpus())];
  refusing(cpus, 'bench stalls');
  const memory = new HostMemory(TURN_BYTES * cpus.length);
  const together = keepApart(cpus);
  try {
    const watches = cpus.map((_, i) => memory.address + TURN_BYTES * i);
    const rows = await watch(cpus, watches, 1000 * seconds, stop);
    const interrupted = stop?.aborted && { interrupted: true as const };
    return { bench: 'stalls', ...origin(command), rows, ...interrupted };
  } finally {
    together();
    memory.release();
  }
}

/** An lcore a CPU, each with a turn's memory: until the time is over, or `stop` is aborted. */
async function watch(
  cpus: number[],
  turns: Address[],
  milliseconds: number,
  stop?: AbortSignal,
): Promise<StallRow[]> {
  const perUs = native.tscHz() / 1e6;
  const words = new SharedArrayBuffer(WATCH_BYTES);
  const flags = new Int32Array(words);
  const away = cpus.map(() => new SharedArrayBuffer(Away.BYTES));
  const steps = STEPS_US.map((us) => us * perUs);
  const paces = cpus.map(() => new SharedArrayBuffer(HISTOGRAM_BYTES));
  const nsPerCycle = 1000 / perUs;
  const lcores = cpus.map((cpu, i) => {
    const own = { turn: turns[i], away: away[i], paces: paces[i] };
    const data: Watch = { ...own, words, steps, nsPerCycle };
    return new Lcore({ name: `wl-watch${cpu}`, cpu, program: PROGRAM, data });
  });
  const end = () => Atomics.store(flags, END, 1);
  for (const lcore of lcores) void lcore.ended.then((error) => error && end());
  const failed = () => Atomics.load(flags, END) !== 0;
  while (Atomics.load(flags, THERE) < cpus.length && !failed()) await sleep(1);
  await pause(WARMUP_MS, stop);
  const before = stolen();
  Atomics.store(flags, GO, 1);
  await pause(milliseconds, stop);
  end();
  const after = stolen();
  for (const { ended } of lcores) {
    const error = await ended;
    if (error !== undefined) throw error;
  }
  return cpus.map((cpu, i) => ({
    ...rowOf(cpu, new Away(away[i]), perUs),
    ...pollsOf(Histogram.over(paces[i])),
    preemptions: lcores[i].disturbed?.preemptions ?? 0,
    stolenMs: (after.get(cpu) ?? 0) - (before.get(cpu) ?? 0),
  }));
}

type Polls = Pick<StallRow, 'pollNsP1' | 'pollNsP50' | 'pollNsP99'>;
type Gaps = Omit<StallRow, keyof Polls | 'preemptions' | 'stolenMs'>;

function pollsOf(paces: Histogram): Polls {
  const poll = (share: number) => paces.percentile(share) / POLLS;
  return { pollNsP1: poll(0.01), pollNsP50: poll(0.5), pollNsP99: poll(0.99) };
}

function rowOf(cpu: number, { watched, longest, lost, stalls }: Away, perUs: number): Gaps {
  const [stalls10us, stalls100us, stalls1ms] = stalls;
  return {
    cpu,
    seconds: watched / perUs / 1e6,
    stalls10us,
    stalls100us,
    stalls1ms,
    longestUs: longest / perUs,
    lost: watched === 0 ? 0 : lost / watched,
  };
}

/** Milliseconds stolen from each CPU since the machine was started; USER_HZ is 100 on x86 and Arm. */
function stolen(): Map<number, number> {
  const lines = readFileSync('/proc/stat', 'utf8').matchAll(/^cpu(\d+)((?: \d+)+)$/gm);
  return new Map(
    [...lines].map(([, cpu, times]) => [Number(cpu), 10 * Number(times.trim().split(' ')[7] ?? 0)]),
  );
}

async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => {});
}
