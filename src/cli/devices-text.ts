import type { DeviceLine, DevicesReport } from '../doctor/devices.js';

/** One line each: those that work with their option first, below them the others and why. */
export function devicesText({ ports, gpus }: DevicesReport): string {
  const all = [...gpus, ...ports];
  const width = Math.max(...all.map(({ option }) => option.length));
  const usable = all.filter(({ verdict }) => verdict === 'works');
  const rest = all.filter(({ verdict }) => verdict !== 'works');
  const lines = [
    'can be used now',
    ...usable.map((line) => `  ${line.option.padEnd(width)}  ${line.what}; ${line.reason}`),
    ...(usable.length === 0 ? ['  nothing'] : []),
    ...(rest.length === 0 ? [] : ['', 'cannot be used now']),
    ...rest.map((line) => `  ${line.option.padEnd(width)}  ${why(line)}`),
  ];
  return `${lines.join('\n')}\n`;
}

function why({ what, verdict, reason, mend }: DeviceLine): string {
  const marked = verdict === 'unknown' ? `unknown: ${reason}` : reason;
  return `${what}: ${marked}${mend.length > 0 ? ` → ${mend.join(' && ')}` : ''}`;
}
