import type { L2fwdOptions } from '../apps/l2fwd/options.js';
import { runL2fwd } from '../apps/l2fwd/run.js';
import { WarplineError } from '../errors.js';
import { forward } from '../kernels/forward.js';
import type { Kernel } from '../kernels/kernel.js';
import { macSwap } from '../kernels/mac-swap.js';
import { cpuOrder } from '../lcore/cpu-order.js';
import { native } from '../memory/native.js';
import { type Origin, origin } from './machine.js';
import { medians } from './spread.js';
import { findTestpmd, Testpmd } from './testpmd.js';

export interface CpuBenchOptions {
  /** Seconds measured in each round, after the warm-up. */
  seconds: number;
  rounds: number;
  burst: number;
  frameBytes: number;
  /** The dpdk-testpmd to compare with, as findTestpmd takes it. */
  testpmd?: string;
}

/** A row of `bench cpu`; rates in Mpps, medians with the lowest and highest round beside them. */
export interface CpuBenchRow {
  work: 'macswap' | 'forward';
  burst: number;
  frameBytes: number;
  rounds: number;
  mpps: number;
  mppsMin: number;
  mppsMax: number;
  testpmdMpps: number;
  testpmdMppsMin: number;
  testpmdMppsMax: number;
  /** Median of the rounds' ratios, ours ÷ testpmd's; each round runs both, in turn. */
  ratio: number;
  ratioMin: number;
  ratioMax: number;
}

export interface CpuBenchResult extends Origin {
  bench: 'cpu';
  rows: CpuBenchRow[];
}

const WARMUP_SECONDS = 1;
const works: { work: CpuBenchRow['work']; kernel: Kernel; forwardMode: string }[] = [
  { work: 'macswap', kernel: macSwap, forwardMode: 'macswap' },
  { work: 'forward', kernel: forward, forwardMode: 'io' },
];

/**
 * One lcore of TypeScript (`cpu`) against one of dpdk-testpmd, each forwarding between two net_null
 * ports on the same CPU, in turn, in one run; who goes first changes from round to round.
 */
export async function benchCpu(
  options: CpuBenchOptions,
  progress: (line: string) => void = () => {},
  command?: string,
): Promise<CpuBenchResult> {
  const rows: CpuBenchRow[] = [];
  const program = findTestpmd(options.testpmd);
  for (const { work, kernel, forwardMode } of works) {
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let round = 0; round < options.rounds; round++) {
      const turns = [
        async () => ours.push(await warpline(options, kernel)),
        async () => theirs.push(await testpmd(options, forwardMode, program)),
      ];
      for (const turn of round % 2 === 0 ? turns : turns.reverse()) await turn();
      const pair = `${ours[round].toFixed(2)} Mpps, testpmd ${theirs[round].toFixed(2)} Mpps`;
      progress(`${work} ${round + 1}/${options.rounds}: ${pair}`);
    }
    const ratios = ours.map((rate, i) => rate / theirs[i]);
    rows.push({
      work,
      burst: options.burst,
      frameBytes: options.frameBytes,
      rounds: options.rounds,
      ...medians('mpps', ours),
      ...medians('testpmdMpps', theirs),
      ...medians('ratio', ratios),
    });
  }
  return { bench: 'cpu', ...origin(command), rows };
}

function vdevs(frameBytes: number): string[] {
  return [`net_null0,size=${frameBytes}`, `net_null1,size=${frameBytes}`];
}

async function warpline(options: CpuBenchOptions, kernel: Kernel): Promise<number> {
  const { burst, seconds, frameBytes } = options;
  const settings: Partial<L2fwdOptions> = {
    ports: vdevs(frameBytes),
    method: 'cpu',
    device: 'software',
    burst,
    duration: WARMUP_SECONDS + seconds,
    // Packets, not seconds: enough that the loop is compiled long before counting begins.
    warmup: 20_000_000 * WARMUP_SECONDS,
    mbufs: MBUFS,
  };
  const result = await runL2fwd(settings, {}, kernel);
  if (result.error !== undefined) throw new Error(result.error.message);
  return result.mpps;
}

/** The same number of mbufs for both: it decides how much of them the caches hold. */
const MBUFS = 16_384;

async function testpmd(
  options: CpuBenchOptions,
  forwardMode: string,
  program: string,
): Promise<number> {
  const cpus = cpuOrder(native.lcoreCpus());
  const peer = new Testpmd({
    program,
    forwardMode,
    vdevs: vdevs(options.frameBytes),
    burst: options.burst,
    mbufs: MBUFS,
    cpus: [cpus[0], cpus[1] ?? cpus[0]],
  });
  try {
    await peer.ask('', /testpmd>/);
    const rate = await peer.packetsPerSecond(2, WARMUP_SECONDS, options.seconds);
    if (rate === 0) throw new WarplineError('TESTPMD', { command: 'start', reason: 'no packets' });
    return rate / 1e6;
  } finally {
    await peer.quit();
  }
}
