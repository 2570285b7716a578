import type { Command } from 'commander';
import type { Figure14Options, Figure14Result } from '../bench/figure14.js';
import type { SweepHooks } from '../bench/sweep.js';
import { peakTable } from './peak-table.js';
import type { Shell } from './shell.js';
import { sweepCommand } from './sweep-command.js';
import { ofOneSize, preset, sweepOptions } from './sweep-options.js';

/** src/bench/figure14.ts, or a test's stand-in. */
export type BenchFigure14 = (
  options: Figure14Options,
  hooks: SweepHooks<Figure14Result>,
) => Promise<Figure14Result>;

type Given = Omit<Figure14Options, 'frameBytes'> & { size: number };

const options = Object.values({
  ...sweepOptions,
  methods: preset(sweepOptions.methods, 'all'),
  memory: preset(sweepOptions.memory, 'gpu; on software host; cpu has host'),
  pipelines: preset(sweepOptions.pipelines, '1'),
});

/** `warpline bench figure14`: each method against packets per item, with Ethernet's line rates. */
export function figure14Command(shell: Shell, run: BenchFigure14 = benchFigure14): Command {
  return sweepCommand<Given, Figure14Options, Figure14Result>(shell, {
    name: 'figure14',
    summary: 'Gbit/s of each method against packets per item, beside line rates',
    options,
    examples: [
      ['the whole figure, 1024-byte frames', 'warpline bench figure14 --out figure14.json'],
      ['two memories, every frame checked', 'warpline bench figure14 --memory host,gpu --verify'],
      ['a look without a GPU', 'warpline bench figure14 --device software --bursts 64 --repeats 1'],
    ],
    asked: ofOneSize,
    run,
    table: (report) => {
      const lines = report.lines.map(({ name, gbps }) => ({ name, value: gbps }));
      return peakTable(report, 'burst', 'gbps', lines);
    },
  });
}

/** Loaded when it runs: it needs DPDK. */
const benchFigure14: BenchFigure14 = async (asked, hooks) => {
  const bench = await import('../bench/figure14.js');
  return bench.benchFigure14(asked, hooks);
};
