import type { Command } from 'commander';
import { METHODS } from '../apps/l2fwd/options.js';
import { commas, decimal, integer, type OptionDeclaration } from '../apps/option.js';
import type { LatencyBenchOptions, LatencyBenchResult } from '../bench/latency.js';
import type { SweepHooks } from '../bench/sweep.js';
import { fail } from '../errors.js';
import type { Shell } from './shell.js';
import { sweepCommand, sweepTable } from './sweep-command.js';
import { preset, sweepOptions } from './sweep-options.js';
import { slotsOption } from './traffic-options.js';

/** src/bench/latency.ts, or a test's stand-in. */
export type BenchLatency = (
  options: LatencyBenchOptions,
  hooks: SweepHooks<LatencyBenchResult>,
) => Promise<LatencyBenchResult>;

const { device, methods, memory, bursts, size, repeats, seconds, items, blocks, lcores, statusIn } =
  sweepOptions;

const options: readonly OptionDeclaration[] = [
  device,
  preset(methods, METHODS.join()),
  preset(memory, 'host,gpu; on software host'),
  preset(bursts, '16,64; on software 16'),
  {
    name: 'loads',
    metavar: 'X,X',
    help: 'offered rates as shares of the peak, above 0, at most 2 each',
    type: commas(decimal(2)),
    default: '0.1,0.3,0.5,0.7,0.9',
  },
  {
    name: 'offer',
    metavar: 'X,X',
    help: 'offered rates in Mpps, instead of loads',
    type: commas(decimal(1000)),
  },
  {
    name: 'timeouts',
    metavar: 'N,N',
    help: '--timeout-us of l2fwd, at every offered rate; 0-1000000 each',
    type: commas(integer(0, 1_000_000)),
    default: '50; 10,50,200 at a hundredth of the peak',
  },
  size,
  slotsOption,
  items,
  blocks,
  lcores,
  statusIn,
  repeats,
  seconds,
];

type Given = Omit<LatencyBenchOptions, 'frameBytes'> & { size: number };

/** What a terminal has no room for; the JSON has it. */
const HIDDEN = [
  ...[
    'frameBytes',
    'peakMpps',
    'offeredMppsMin',
    'offeredMppsMax',
    'repeats',
    'mppsMin',
    'mppsMax',
  ],
  ...['gbps', 'gbpsMin', 'gbpsMax', 'sent', 'latency'],
  ...['P90', 'P99', 'P999', 'Max'].flatMap((of) => [`latency${of}UsMin`, `latency${of}UsMax`]),
];

/** `warpline bench latency`: percentiles by method, burst and offered load, one row each. */
export function latencyCommand(shell: Shell, run: BenchLatency = benchLatency): Command {
  return sweepCommand<Given, LatencyBenchOptions, LatencyBenchResult>(shell, {
    name: 'latency',
    summary: 'how long packets stay, by method, burst and offered load, and what the timeout costs',
    options,
    examples: [
      ['every method at a tenth to nine tenths of its peak', 'warpline bench latency --out l.json'],
      [
        'two methods at six million packets a second',
        'warpline bench latency --methods persistent,graph --bursts 16 --memory gpu --offer 6',
      ],
      [
        'what the timeout of a partial burst costs at low rates',
        'warpline bench latency --methods persistent --loads 0.01,0.05 --timeouts 5,50,500',
      ],
      [
        'a look without a GPU',
        'warpline bench latency --device software --methods launch --loads 0.1,0.5 --repeats 1',
      ],
    ],
    asked({ size: frameBytes, ...given }) {
      if (given.offer !== undefined && given.loads !== undefined) {
        const reason = 'a rate is offered as a share of the peak or in Mpps';
        fail('OPTION_CONFLICT', { options: '--loads and --offer', reason });
      }
      return frameBytes === undefined ? given : { ...given, frameBytes };
    },
    run,
    table: (report) => sweepTable(report, HIDDEN),
  });
}

/** Loaded when it runs: it needs DPDK. */
const benchLatency: BenchLatency = async (asked, hooks) => {
  const bench = await import('../bench/latency.js');
  return bench.benchLatency(asked, hooks);
};
