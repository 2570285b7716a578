import type { DoctorReport, GpuEntry, NicEntry, PathEntry } from '../doctor/report.js';
import { MEANING, type Nearness } from '../doctor/topology.js';
import type { Verdict } from '../doctor/verdicts.js';
import { pciTree } from './pci-tree.js';

const SIGNS = { ok: 'ok', lacks: 'LACKS', note: '-', unknown: 'unknown' } as const;
const JUDGED = { works: 'works here', if: 'would work if', cannot: 'cannot', unknown: 'unknown' };

/** The report for a person to read. */
export function doctorText(report: DoctorReport): string {
  const { system, root, checks, verdicts } = report;
  const where = root === '/' ? 'this machine' : root;
  const kernel = `kernel ${system.kernel ?? 'unknown'}`;
  const lines = [
    `${where}: ${system.name}, ${kernel}${system.virtual ? ', a virtual machine' : ''}`,
    '',
    ...checks.flatMap(({ check, status, what, mend }, i) => {
      const name = checks[i - 1]?.check === check ? '' : check;
      const line = `${SIGNS[status].padEnd(8)}${name.padEnd(16)}${what}`;
      return [line, ...mendLines(mend)];
    }),
    ...pcie(report),
    '',
    'memory kinds (--memory), by device',
    ...verdicts.flatMap(verdictLines),
    '',
    'Commands after → are for root. Nothing was changed.',
  ];
  return `${lines.join('\n')}\n`;
}

function mendLines(mend: readonly string[]): string[] {
  return mend.map((command) => `${' '.repeat(24)}→ ${command}`);
}

function verdictLines({ device, memory, verdict, reason, mend }: Verdict): string[] {
  const line = `  ${device.padEnd(14)}${memory.padEnd(12)}${JUDGED[verdict].padEnd(15)}${reason}`;
  return [line, ...mendLines(mend)];
}

function pcie({ gpus, nics, paths, system }: DoctorReport): string[] {
  const drawn = pciTree(gpus, nics);
  if (drawn.length === 0) return [];
  const caution = system.virtual ? ' (as its host shows it to this virtual machine)' : '';
  return ['', `PCIe${caution}`, ...drawn, ...gpus.flatMap((gpu) => ways(gpu, nics, paths))];
}

function ways(gpu: GpuEntry, nics: readonly NicEntry[], paths: readonly PathEntry[]): string[] {
  const own = paths.filter((path) => path.gpu === gpu.device);
  if (own.length === 0) return [];
  return [
    `  from ${gpu.device} (${gpu.address}), nearest first`,
    ...own.map(({ nic, path, over }) => {
      const names = nics.find(({ address }) => address === nic)?.interfaces.join(', ') ?? '';
      const below = over === null ? '' : `, below ${over}`;
      return `    ${path.padEnd(8)}${nic}  ${names === '' ? '' : `${names}  `}${MEANING[path as Nearness]}${below}`;
    }),
  ];
}
