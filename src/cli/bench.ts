import type { Command } from 'commander';
import { integer, type OptionDeclaration, seconds, text } from '../apps/option.js';
import { backToBackCommand } from './bench-back-to-back.js';
import { cpusCommand } from './bench-cpus.js';
import { figure13Command } from './bench-figure13.js';
import { figure14Command } from './bench-figure14.js';
import { latencyCommand } from './bench-latency.js';
import { type BenchMethods, methodsCommand } from './bench-methods.js';
import { scalingCommand } from './bench-scaling.js';
import { stallsCommand } from './bench-stalls.js';
import { type BenchReport, benchTable } from './bench-table.js';
import { traceBenchCommand } from './bench-trace.js';
import { workCommand } from './bench-work.js';
import { zeroLossCommand } from './bench-zero-loss.js';
import { addExamples, addOptions, commandLine, givenOptions, makeCommand } from './command.js';
import { jsonOption, jsonText } from './json-output.js';
import type { Shell } from './shell.js';

/** What `bench cpu` is asked to do, as src/bench/cpu.ts takes it. */
export interface BenchCpuOptions {
  seconds: number;
  rounds: number;
  burst: number;
  frameBytes: number;
  /** The dpdk-testpmd to compare with; absent: WARPLINE_TESTPMD, else the one on the PATH. */
  testpmd?: string;
}

/** src/bench/cpu.ts, or a test's stand-in. */
export type BenchCpu = (
  options: BenchCpuOptions,
  progress: (line: string) => void,
  command: string,
) => Promise<BenchReport>;

const defaults = { rounds: 5, seconds: 3, burst: 64, size: 64 };

const cpuOptions: readonly OptionDeclaration[] = [
  {
    name: 'rounds',
    metavar: 'N',
    help: 'rounds, each one giving all a turn, 1-1000',
    type: integer(1, 1000),
    default: defaults.rounds,
  },
  {
    name: 'seconds',
    metavar: 'S',
    help: 'how long a turn is, fractions allowed',
    type: seconds(),
    default: defaults.seconds,
  },
  {
    name: 'burst',
    metavar: 'N',
    // MAX_PKT_BURST of testpmd, the opponent.
    help: 'packets per burst, 1-512',
    type: integer(1, 512),
    default: defaults.burst,
  },
  {
    name: 'size',
    metavar: 'BYTES',
    help: 'length of a frame, 64-1518',
    type: integer(64, 1518),
    default: defaults.size,
  },
  {
    name: 'testpmd',
    metavar: 'PATH',
    help: 'the dpdk-testpmd to compare with',
    type: text('a path'),
    default: 'WARPLINE_TESTPMD, else the one on the PATH',
  },
  jsonOption,
];

/** `warpline bench …`: the benchmarks, one a subcommand. */
export function benchCommand(
  shell: Shell,
  cpu: BenchCpu = benchCpu,
  methods?: BenchMethods,
): Command {
  const bench = makeCommand('bench', 'measure warpline on this machine', shell);
  const each: [string, string] = ['a first impression', 'warpline bench cpu --rounds 1'];
  bench.addCommand(cpuCommand(shell, cpu));
  bench.addCommand(methodsCommand(shell, methods));
  bench.addCommand(figure13Command(shell));
  bench.addCommand(figure14Command(shell));
  bench.addCommand(scalingCommand(shell));
  bench.addCommand(workCommand(shell));
  bench.addCommand(latencyCommand(shell));
  bench.addCommand(zeroLossCommand(shell));
  bench.addCommand(cpusCommand(shell));
  bench.addCommand(stallsCommand(shell));
  bench.addCommand(traceBenchCommand(shell));
  bench.addCommand(backToBackCommand(shell));
  return addExamples(bench, [each]);
}

function cpuCommand(shell: Shell, run: BenchCpu): Command {
  const summary = 'the cpu method on two net_null ports, against dpdk-testpmd, on one core each';
  const command = makeCommand('cpu', summary, shell);
  addOptions(command, cpuOptions);
  addExamples(command, [
    ['MAC swap and plain forwarding, five rounds of three seconds', 'warpline bench cpu'],
    ['a first impression', 'warpline bench cpu --rounds 1 --seconds 1'],
    ['larger frames, for a script', 'warpline bench cpu --size 1024 --json'],
  ]);
  return command.action(async () => {
    shell.quitAtOnce();
    const given = givenOptions(command, cpuOptions) as Partial<
      typeof defaults & { json: boolean; testpmd: string }
    >;
    const { size, json = false, ...options } = { ...defaults, ...given };
    const progress = (line: string) => shell.err(`${line}\n`);
    const report = await run({ ...options, frameBytes: size }, progress, commandLine(command));
    shell.out(json ? jsonText(report) : benchTable(report));
  });
}

/** Loaded when it runs: it needs DPDK. */
const benchCpu: BenchCpu = async (options, progress, command) => {
  const bench = await import('../bench/cpu.js');
  return bench.benchCpu(options, progress, command);
};
