import type { Command } from 'commander';
import type { MethodsBenchOptions, MethodsBenchResult } from '../bench/methods.js';
import type { SweepHooks } from '../bench/sweep.js';
import type { Shell } from './shell.js';
import { sweepCommand, sweepTable, underTable } from './sweep-command.js';
import { ofOneSize, sweepOptions } from './sweep-options.js';

/** src/bench/methods.ts, or a test's stand-in. */
export type BenchMethods = (
  options: MethodsBenchOptions,
  hooks: SweepHooks<MethodsBenchResult>,
) => Promise<MethodsBenchResult>;

type Given = Omit<MethodsBenchOptions, 'frameBytes'> & { size: number };

/** `warpline bench methods`: the sweep, its rows as a table or JSON, the floor beside them. */
export function methodsCommand(shell: Shell, run: BenchMethods = benchMethods): Command {
  return sweepCommand<Given, MethodsBenchOptions, MethodsBenchResult>(shell, {
    name: 'methods',
    summary: 'every method over memory kinds, bursts and pipelines, and the floor of the GPU',
    options: Object.values(sweepOptions),
    examples: [
      [
        'every point of the first GPU, which takes an hour',
        'warpline bench methods --out all.json',
      ],
      [
        'two methods at small bursts',
        'warpline bench methods --methods launch,persistent --bursts 8,16 --memory gpu',
      ],
      [
        'a look without a GPU',
        'warpline bench methods --device software --bursts 64 --repeats 1 --seconds 0.2',
      ],
    ],
    asked: ofOneSize,
    run,
    table: (report) =>
      sweepTable(report, ['gbpsMin', 'gbpsMax', 'items'], underTable('The floor', report.floor)),
  });
}

/** Loaded when it runs: it needs DPDK. */
const benchMethods: BenchMethods = async (asked, hooks) => {
  const bench = await import('../bench/methods.js');
  return bench.benchMethods(asked, hooks);
};
