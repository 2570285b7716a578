import type { Command } from 'commander';
import type { SweepHooks } from '../bench/sweep.js';
import type { TraceBenchOptions, TraceBenchResult } from '../bench/trace.js';
import type { Shell } from './shell.js';
import { sweepCommand, sweepTable } from './sweep-command.js';
import { ofOneSize, preset, sweepOptions } from './sweep-options.js';

/** src/bench/trace.ts, or a test's stand-in. */
export type BenchTrace = (
  options: TraceBenchOptions,
  hooks: SweepHooks<TraceBenchResult>,
) => Promise<TraceBenchResult>;

type Given = Omit<TraceBenchOptions, 'frameBytes'> & { size: number };

const options = Object.values({
  ...sweepOptions,
  methods: preset(sweepOptions.methods, 'all'),
  memory: preset(sweepOptions.memory, 'gpu; on software host; cpu has host'),
  bursts: preset(sweepOptions.bursts, '32'),
  pipelines: preset(sweepOptions.pipelines, '1'),
});

/** `warpline bench trace`: what tracing costs. */
export function traceBenchCommand(shell: Shell, run: BenchTrace = benchTrace): Command {
  return sweepCommand<Given, TraceBenchOptions, TraceBenchResult>(shell, {
    name: 'trace',
    summary: 'each method with and without l2fwd --trace, in turn, and the ratio of their rates',
    options,
    examples: [
      ['every method', 'warpline bench trace --out trace.json'],
      ['one of them, at small bursts', 'warpline bench trace --methods persistent --bursts 8,16'],
      [
        'a look without a GPU',
        'warpline bench trace --device software --methods io,cpu --repeats 1',
      ],
    ],
    asked: ofOneSize,
    run,
    table: (report) => sweepTable(report, ['items', 'gbps', 'gbpsMin', 'gbpsMax']),
  });
}

/** Loaded when it runs: it needs DPDK. */
const benchTrace: BenchTrace = async (asked, hooks) => {
  const bench = await import('../bench/trace.js');
  return bench.benchTrace(asked, hooks);
};
