import type { Command } from 'commander';
import { METHODS } from '../apps/l2fwd/options.js';
import { choice, commas, integer, type OptionDeclaration } from '../apps/option.js';
import type { Crossover } from '../bench/crossovers.js';
import type { SweepHooks } from '../bench/sweep.js';
import type { WorkOptions, WorkResult } from '../bench/work.js';
import { peakTable } from './peak-table.js';
import type { Shell } from './shell.js';
import { sweepCommand } from './sweep-command.js';
import { ofOneSize, preset, sweepOptions } from './sweep-options.js';

/** src/bench/work.ts, or a test's stand-in. */
export type BenchWork = (
  options: WorkOptions,
  hooks: SweepHooks<WorkResult>,
) => Promise<WorkResult>;

type Given = Omit<WorkOptions, 'frameBytes'> & { size: number };

const work: OptionDeclaration = {
  name: 'work',
  metavar: 'NS,NS',
  help: 'artificial work per packet in nanoseconds, 0-10000000 each',
  type: commas(integer(0, 10_000_000)),
  default: '0,10,100,1000,10000,100000; on software 0,1000,10000',
};

/** `io` does no work. */
const WORKING = METHODS.filter((name) => name !== 'io');

const methods: OptionDeclaration = {
  ...sweepOptions.methods,
  help: `which of ${WORKING.join(', ')}`,
  type: commas(choice(WORKING)),
  default: 'all',
};

const options = Object.values({
  ...sweepOptions,
  work,
  methods,
  memory: preset(sweepOptions.memory, 'gpu; on software host; cpu has host'),
  bursts: preset(sweepOptions.bursts, '64'),
  pipelines: preset(sweepOptions.pipelines, '1'),
});

/** `warpline bench work`: from how much work per packet on one method is faster than another. */
export function workCommand(shell: Shell, run: BenchWork = benchWork): Command {
  return sweepCommand<Given, WorkOptions, WorkResult>(shell, {
    name: 'work',
    summary: 'each method with more and more work per packet, and where one overtakes another',
    options,
    examples: [
      ['where the GPU overtakes the CPU', 'warpline bench work --out work.json'],
      [
        'two methods, more closely',
        'warpline bench work --methods cpu,persistent --work 0,20,50,100,200,500',
      ],
      [
        'a look without a GPU',
        'warpline bench work --device software --methods cpu,launch --work 0,10000 --repeats 1',
      ],
    ],
    asked: ofOneSize,
    run,
    table: (report) => peakTable(report, 'packetTimeNs', 'mpps', [], overtaking(report)),
  });
}

/** `from 31.6 ns a packet on, launch (gpu) overtakes cpu`, a line each. */
function overtaking({ rows, crossovers }: WorkResult): string {
  if (rows.length === 0) return '';
  const many = (name: 'memory' | 'burst' | 'pipelines') =>
    new Set(crossovers.map((one) => one[name])).size > 1;
  const where = (one: Crossover) =>
    (['memory', 'burst', 'pipelines'] as const)
      .filter(many)
      .map((name) => `, ${name} ${one[name]}`)
      .join('');
  const lines = crossovers.map(
    (one) =>
      `from ${Number(one.packetTimeNs.toPrecision(3))} ns a packet on${one.orBefore ? ' or before' : ''}, ` +
      `${one.by} overtakes ${one.of}${where(one)}\n`,
  );
  const none = 'no method overtakes another by more than the spread of the runs\n';
  return `\n${lines.length > 0 ? lines.join('') : none}`;
}

/** Loaded when it runs: it needs DPDK. */
const benchWork: BenchWork = async (asked, hooks) => {
  const bench = await import('../bench/work.js');
  return bench.benchWork(asked, hooks);
};
