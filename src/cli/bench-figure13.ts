import type { Command } from 'commander';
import { commas, integer, type OptionDeclaration } from '../apps/option.js';
import type { Figure13Options, Figure13Result } from '../bench/figure13.js';
import type { SweepHooks } from '../bench/sweep.js';
import { peakTable } from './peak-table.js';
import type { Shell } from './shell.js';
import { sweepCommand } from './sweep-command.js';
import { preset, sweepOptions } from './sweep-options.js';

/** src/bench/figure13.ts, or a test's stand-in. */
export type BenchFigure13 = (
  options: Figure13Options,
  hooks: SweepHooks<Figure13Result>,
) => Promise<Figure13Result>;

const sizes: OptionDeclaration = {
  name: 'sizes',
  metavar: 'N,N',
  help: 'lengths of frames in bytes, 60-9216 each; mbufs are as large as a frame needs',
  type: commas(integer(60, 9216)),
  default: '64,128,256,512,1024,1280,1518,9000',
};

const { device, memory, bursts, pipelines, repeats, seconds, items, mbufs, verify } = sweepOptions;

const options = [
  device,
  preset(memory, 'host,gpu'),
  sizes,
  preset(bursts, '64'),
  preset(pipelines, '1'),
  repeats,
  seconds,
  items,
  mbufs,
  verify,
];

/** `warpline bench figure13`: packets in CPU memory against packets in GPU memory, untouched. */
export function figure13Command(shell: Shell, run: BenchFigure13 = benchFigure13): Command {
  return sweepCommand<Figure13Options, Figure13Options, Figure13Result>(shell, {
    name: 'figure13',
    summary: 'peak forwarding of untouched packets in CPU and in GPU memory, over frame sizes',
    options,
    examples: [
      ['the whole figure', 'warpline bench figure13 --out figure13.json'],
      [
        'two sizes, and mapped GPU memory too',
        'warpline bench figure13 --sizes 64,1024 --memory host,gpu,gpu-mapped',
      ],
      [
        'a look without a GPU',
        'warpline bench figure13 --device software --sizes 64,9000 --repeats 1',
      ],
    ],
    asked: (given) => ({ verify: false, ...given }),
    run,
    table: (report) => peakTable(report, 'frameBytes', 'mpps'),
  });
}

/** Loaded when it runs: it needs DPDK. */
const benchFigure13: BenchFigure13 = async (asked, hooks) => {
  const bench = await import('../bench/figure13.js');
  return bench.benchFigure13(asked, hooks);
};
