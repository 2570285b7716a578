import { dumbbells } from '../chart/dumbbell.js';
import { lookOf } from '../chart/look.js';
import type { Group } from '../gather.js';
import { figure, percent } from '../words.js';
import type { Figure } from './figure.js';
import { doubtOf, has, methodLabel, settingOf, splitBesideCpu } from './rows.js';

const PANELS = [
  'generator',
  'lineRateGbps',
  'memory',
  'frameBytes',
  'burst',
  'timeoutUs',
  'pipelines',
];
/** What a panel without a line rate is called beside those with one. */
const NO_LINK = 'without a link: as fast as it goes';

const SLOWEST = 'slowest tenth of a second';

/** RFC 2544 throughput of each method beside its peak. */
export function zeroLoss(group: Group): Figure[] {
  const rows = group.rows.filter((row) => has(row, 'zeroLossMpps', 'peakMpps'));
  if (rows.length === 0) return [];
  const linked = rows.some(({ lineRateGbps }) => lineRateGbps !== undefined);
  const groups = splitBesideCpu(rows, PANELS).map(({ title, rows }) => ({
    title: title ?? (linked ? NO_LINK : undefined),
    rows: rows.map((row, place) => {
      const [value, of] = [row.zeroLossMpps ?? 0, row.peakMpps ?? 0];
      const note = of > 0 ? percent(value / of) : '–';
      const look = lookOf(row.method ?? '', place);
      const label = methodLabel([row], rows);
      return { label, look, value, of, bar: row.slowestTenthMpps, note, doubt: doubtOf(row) };
    }),
  }));
  const slowest = rows.some(({ slowestTenthMpps }) => slowestTenthMpps !== undefined);
  const description = groups.flatMap(({ title = '', rows }) =>
    rows.map(({ label, value, of, bar, note }) => {
      const least = bar === undefined ? '' : `, ${SLOWEST} ${figure(bar)}`;
      const rates = `${figure(value)} of ${figure(of)} Mpps, ${note}${least}`;
      return `${title === '' ? '' : `${title}, `}${label}: ${rates}.`;
    }),
  );
  return [
    {
      id: 'zero-loss',
      title: 'Zero-loss rate against peak',
      setting: settingOf(rows, PANELS),
      description: `Mpps without loss and at most. ${description.join(' ')}`,
      draw: dumbbells({
        title: 'Mpps',
        names: ['without loss', 'peak', slowest ? SLOWEST : undefined],
        groups,
      }),
      caption: [
        'Without loss: the highest offered rate at which every frame came back (RFC 2544, binary ' +
          'search). Peak: what it forwards when more is offered than it can take. The share is ' +
          'of one in the other.',
        ...(linked
          ? [
              'On a link: no more is offered than an Ethernet of that speed carries, also at the peak.',
            ]
          : []),
        ...(slowest
          ? [
              'The bar: the slowest tenth of a second of all runs that measured the peak, which is ' +
                'what the machine gives at the worst.',
            ]
          : []),
      ],
      group,
      rows,
    },
  ];
}
