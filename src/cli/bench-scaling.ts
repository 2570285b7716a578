import type { Command } from 'commander';
import type { ScalingOptions, ScalingResult } from '../bench/scaling.js';
import type { SweepHooks } from '../bench/sweep.js';
import { peakTable } from './peak-table.js';
import type { Shell } from './shell.js';
import { sweepCommand } from './sweep-command.js';
import { ofOneSize, preset, sweepOptions } from './sweep-options.js';

/** src/bench/scaling.ts, or a test's stand-in. */
export type BenchScaling = (
  options: ScalingOptions,
  hooks: SweepHooks<ScalingResult>,
) => Promise<ScalingResult>;

type Given = Omit<ScalingOptions, 'frameBytes'> & { size: number };

const options = Object.values({
  ...sweepOptions,
  methods: preset(sweepOptions.methods, 'all'),
  memory: preset(sweepOptions.memory, 'gpu; on software host; cpu has host'),
  bursts: preset(sweepOptions.bursts, '64'),
  pipelines: preset(sweepOptions.pipelines, '1,2,4,8; on software 1,2'),
});

/** `warpline bench scaling`: each method with more and more pipelines. */
export function scalingCommand(shell: Shell, run: BenchScaling = benchScaling): Command {
  return sweepCommand<Given, ScalingOptions, ScalingResult>(shell, {
    name: 'scaling',
    summary: 'each method with 1 to 8 pipelines, a queue and its lcores each',
    options,
    examples: [
      ['every method', 'warpline bench scaling --out scaling.json'],
      [
        'one of them, up to 16',
        'warpline bench scaling --methods persistent --pipelines 1,2,4,8,16',
      ],
      [
        'a look without a GPU',
        'warpline bench scaling --device software --methods cpu,io --repeats 1',
      ],
    ],
    asked: ofOneSize,
    run,
    table: (report) => peakTable(report, 'pipelines', 'mpps'),
  });
}

/** Loaded when it runs: it needs DPDK. */
const benchScaling: BenchScaling = async (asked, hooks) => {
  const bench = await import('../bench/scaling.js');
  return bench.benchScaling(asked, hooks);
};
