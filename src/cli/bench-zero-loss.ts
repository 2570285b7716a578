import type { Command } from 'commander';
import { METHODS } from '../apps/l2fwd/options.js';
import {
  choice,
  commas,
  decimal,
  integer,
  type OptionDeclaration,
  seconds,
  text,
} from '../apps/option.js';
import type { SweepHooks } from '../bench/sweep.js';
import type { ZeroLossBenchOptions, ZeroLossBenchResult } from '../bench/zero-loss.js';
import { GENERATORS, type GeneratorName } from '../bench/zero-loss-points.js';
import { fail } from '../errors.js';
import type { Shell } from './shell.js';
import { sweepCommand, sweepTable, underTable } from './sweep-command.js';
import { preset, sweepOptions } from './sweep-options.js';
import { slotsOption } from './traffic-options.js';

/** src/bench/zero-loss.ts, or a test's stand-in. */
export type BenchZeroLoss = (
  options: ZeroLossBenchOptions,
  hooks: SweepHooks<ZeroLossBenchResult>,
) => Promise<ZeroLossBenchResult>;

const { device, methods, memory, bursts, items, blocks, lcores, statusIn } = sweepOptions;

const options: readonly OptionDeclaration[] = [
  device,
  preset(methods, METHODS.join()),
  preset(memory, 'host,gpu; on software host'),
  preset(bursts, 32),
  {
    name: 'sizes',
    metavar: 'N,N',
    help: 'lengths of frames in bytes, no check sequence, 60-9216 each',
    type: commas(integer(60, 9216)),
    default: 1024,
  },
  {
    name: 'generator',
    metavar: 'A,B',
    help: 'where frames come from: traffic, at any rate; testpmd over memif, as fast as it can',
    type: commas(choice(GENERATORS)),
    default: 'traffic',
  },
  {
    name: 'line-rates',
    metavar: 'N,N',
    help: 'Gbit/s of an Ethernet link that the frames come from, 1-1600 each; 0: as fast as it goes',
    type: commas(integer(0, 1600)),
    default: 0,
  },
  {
    name: 'resolution',
    metavar: 'X',
    help: 'how closely the rate is searched for, as a share of the peak',
    type: decimal(0.5),
    default: 0.01,
  },
  {
    name: 'trial-seconds',
    metavar: 'S',
    help: 'how long frames are offered at each rate, after half a second of warm-up',
    type: seconds(),
    default: 10,
  },
  {
    name: 'confirm-seconds',
    metavar: 'S',
    help: 'the same for the trial that confirms what was found; RFC 2544 wants 60',
    type: seconds(),
    default: "a trial's",
  },
  {
    name: 'retries',
    metavar: 'N',
    help: 'how often a rate at which frames were lost is tried again, 0-10; RFC 2544 has none',
    type: integer(0, 10),
    default: 0,
  },
  slotsOption,
  items,
  blocks,
  lcores,
  statusIn,
  {
    name: 'testpmd',
    metavar: 'PATH',
    help: 'the dpdk-testpmd to run',
    type: text('a path'),
    default: 'WARPLINE_TESTPMD, else the one on the PATH',
  },
];

interface Given extends Omit<ZeroLossBenchOptions, 'generators' | 'seconds'> {
  generator: GeneratorName[];
  trialSeconds: number;
}

/** `warpline bench zero-loss`: the throughput of RFC 2544, one search a row. */
export function zeroLossCommand(shell: Shell, run: BenchZeroLoss = benchZeroLoss): Command {
  return sweepCommand<Given, ZeroLossBenchOptions, ZeroLossBenchResult>(shell, {
    name: 'zero-loss',
    summary: 'the highest rate at which no frame is lost (RFC 2544), and its ratio to the peak',
    options,
    examples: [
      ['every method, trials of ten seconds', 'warpline bench zero-loss --out zero-loss.json'],
      [
        "one method over RFC 2544's frame sizes, which count a check sequence of 4 bytes",
        'warpline bench zero-loss --methods launch --sizes 60,124,252,508,1020,1276,1514',
      ],
      [
        'whether the line rates of two links are held',
        'warpline bench zero-loss --methods persistent --line-rates 100,200 --retries 1',
      ],
      [
        'what is lost at the speed of testpmd',
        'warpline bench zero-loss --generator testpmd --methods cpu,persistent',
      ],
      [
        'a look without a GPU, too short to mean anything',
        'warpline bench zero-loss --device software --methods io --trial-seconds 1 --resolution 0.1',
      ],
    ],
    asked({ generator: generators = ['traffic'], trialSeconds, ...given }) {
      if (generators.includes('testpmd')) refuseWithTestpmd(given);
      return trialSeconds === undefined
        ? { ...given, generators }
        : { ...given, generators, seconds: trialSeconds };
    },
    run,
    table: (report) => sweepTable(report, ['trials'], testpmdTable(report)),
  });
}

/** The runs with testpmd are those of `bench back-to-back`. */
function refuseWithTestpmd(given: Partial<Given>): void {
  const { bursts, items, blocks, lcores, statusIn, lineRates } = given;
  // MAX_PKT_BURST of testpmd.
  const value = bursts?.find((burst) => burst > 512);
  if (value !== undefined) {
    const reason = 'testpmd takes bursts of 512 at most';
    fail('OPTION_VALUE', { option: '--bursts', value, reason, command: 'bench zero-loss' });
  }
  const own = { items, blocks, lcores, 'status-in': statusIn, 'line-rates': lineRates };
  const [name] = Object.entries(own).find(([, one]) => one !== undefined) ?? [];
  if (name === undefined) return;
  const reason = 'only runs with a traffic port take it';
  fail('OPTION_CONFLICT', { options: `--generator testpmd and --${name}`, reason });
}

/** What the rows cannot say: testpmd offers one rate. */
function testpmdTable({ rows }: ZeroLossBenchResult): string {
  const trials = rows
    .filter(({ generator }) => generator === 'testpmd')
    .flatMap(({ method, memory, burst, frameBytes, trials }) =>
      trials.map((trial) => ({ method, memory, burst, frameBytes, ...trial })),
    );
  return underTable('With testpmd, at the one rate it has', trials);
}

/** Loaded when it runs: it needs DPDK. */
const benchZeroLoss: BenchZeroLoss = async (asked, hooks) => {
  const bench = await import('../bench/zero-loss.js');
  return bench.benchZeroLoss(asked, hooks);
};
