import type { Command } from 'commander';
import { cpuList, type OptionDeclaration } from '../apps/option.js';
import type { CpuPairsResult } from '../bench/cpu-pairs.js';
import { matrix } from './bench-matrix.js';
import { benchTable } from './bench-table.js';
import { addExamples, addOptions, commandLine, givenOptions, makeCommand } from './command.js';
import { jsonOption, jsonText } from './json-output.js';
import type { Shell } from './shell.js';

const options: readonly OptionDeclaration[] = [
  {
    name: 'cpus',
    metavar: 'LIST',
    help: 'CPUs to compare, as "0-3,8"',
    type: cpuList(),
    default: 'all that this process may use',
  },
  jsonOption,
];

/** `warpline bench cpus`: which CPUs are near each other, for `l2fwd --cpus`. */
export function cpusCommand(shell: Shell): Command {
  const summary = 'how many ns a word takes from one CPU to another, for l2fwd --cpus';
  const command = makeCommand('cpus', summary, shell);
  addOptions(command, options);
  addExamples(command, [
    ['every pair of CPUs', 'warpline bench cpus'],
    ['some of them', 'warpline bench cpus --cpus 2-5,8'],
  ]);
  return command.action(async () => {
    const given = givenOptions(command, options) as { cpus?: number[]; json?: boolean };
    const { benchCpuPairs } = await import('../bench/cpu-pairs.js'); // it needs DPDK
    const hooks = { stop: shell.stop, command: commandLine(command) };
    const report = await benchCpuPairs(given.cpus, hooks);
    shell.out(given.json ? jsonText(report) : pairsTable(report));
  });
}

function pairsTable(report: CpuPairsResult): string {
  const both = report.rows.flatMap((row) => [row, { ...row, cpu: row.to, to: row.cpu }]);
  const own = [...new Set(both.map(({ cpu }) => cpu))].map((cpu) => ({ cpu, to: cpu }));
  const rows = [...both, ...own].toSorted((a, b) => a.cpu - b.cpu || a.to - b.to);
  // Without its rows: they are the matrix.
  const head = benchTable({ ...report, rows: [] }).trimEnd();
  return `${head}\n\nns from one CPU to another:\n${matrix(rows, 'to', 'ns', ['cpu'])}`;
}
