import { dumbbells } from '../chart/dumbbell.js';
import { lookOf } from '../chart/look.js';
import type { Group } from '../gather.js';
import { figure } from '../words.js';
import type { Figure } from './figure.js';
import { doubtOf, has, settingOf, splitBy } from './rows.js';

const PANELS = ['port', 'oneWay', 'zeroCopy', 'frameBytes', 'burst', 'queues'];

export function cpu(group: Group): Figure[] {
  return againstTestpmd(group, 'cpu', 'One core on the CPU, against dpdk-testpmd');
}

/** Rates beside those of testpmd in the same place, where that was measured. */
export function againstTestpmd(group: Group, id: string, title: string): Figure[] {
  const rows = group.rows.filter((row) => has(row, 'mpps', 'testpmdMpps'));
  if (rows.length === 0) return [];
  const groups = splitBy(rows, PANELS).map(({ title, rows }) => ({
    title,
    rows: rows.map(({ work, method, ...row }) => {
      const [value, of] = [row.mpps ?? 0, row.testpmdMpps ?? 0];
      const label = String(work ?? method ?? 'not recorded');
      const note = `${(row.ratio ?? value / of).toFixed(2)} ×`;
      return { label, look: lookOf(label, 0), value, of, note, doubt: doubtOf(row) };
    }),
  }));
  const description = groups.flatMap(({ rows }) =>
    rows.map(({ label, value, of, note }) => `${label}: ${figure(value)}, ${figure(of)}, ${note}.`),
  );
  return [
    {
      id,
      title,
      setting: settingOf(rows, PANELS),
      description: `Mpps of warpline, Mpps of testpmd, their ratio. ${description.join(' ')}`,
      draw: dumbbells({ title: 'Mpps', names: ['warpline', 'dpdk-testpmd'], groups }),
      caption: ['In turn on the same CPUs. The ratio is the median of the rounds’ ratios.'],
      group,
      rows,
    },
  ];
}
