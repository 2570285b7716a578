import { dumbbells } from '../chart/dumbbell.js';
import { lookOf } from '../chart/look.js';
import type { Group } from '../gather.js';
import { measured } from '../words.js';
import type { Figure } from './figure.js';
import { doubtOf, has, settingOf } from './rows.js';

/** What `npm start` prints: the rate of each method, beside what became of the capture. */
export function start(group: Group): Figure[] {
  const rows = group.rows.filter((row) => has(row, 'mpps'));
  if (rows.length === 0) return [];
  const bars = rows.map((row, place) => {
    const label = row.method ?? 'not recorded';
    const value = row.mpps ?? 0;
    return {
      label,
      look: lookOf(label, place),
      value,
      note: `${measured(value)} Mpps`,
      doubt: doubtOf(row),
    };
  });
  return [
    {
      id: 'start',
      title: 'One second of frames through every method',
      setting: settingOf(rows, ['memory', 'frameBytes', 'burst']),
      description: `Mpps of each method. ${bars.map(({ label, note }) => `${label}: ${note}.`).join(' ')}`,
      draw: dumbbells({ title: 'Mpps', groups: [{ rows: bars }] }),
      caption: [
        'One run each, as fast as frames are taken: a first look, no measurement. The table also ' +
          'has what became of the bundled capture, every frame sent of which was compared with ' +
          'the frame received.',
      ],
      group,
      rows,
    },
  ];
}
