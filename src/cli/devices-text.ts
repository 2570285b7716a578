import type { DeviceLine, DevicesReport } from '../doctor/devices.js';

/** One line each: those that work with their option first, below them the others and why. */
export function devicesText({ ports, gpus }: DevicesReport): string {
  const all = [...gpus, ...ports];
  const width = Math.max(...all.map(({ option }) => option.length));
  const usable = all.filter(({ verdict }) => verdict === 'works');
  const rest = all.filter(({ verdict }) => verdict !== 'works');
  const said = new Set<string>();
  const lines = [
    'can be used now',
    ...usable.map((line) => `  ${line.option.padEnd(width)}  ${line.what}; ${line.reason}`),
    ...(usable.length === 0 ? ['  nothing'] : []),
    ...(rest.length === 0 ? [] : ['', 'cannot be used now']),
    ...rest.map((line) => `  ${line.option.padEnd(width)}  ${why(line, said)}`),
  ];
  return `${lines.join('\n')}\n`;
}

/** A command stands at the first line it mends; most lack the same. */
function why({ what, verdict, reason, mend }: DeviceLine, said: Set<string>): string {
  const marked = verdict === 'unknown' ? `unknown: ${reason}` : reason;
  const fresh = mend.filter((command) => !said.has(command));
  for (const command of fresh) said.add(command);
  const commands = fresh.length > 0 || mend.length === 0 ? fresh : ['as above'];
  return `${what}: ${marked}${commands.length > 0 ? ` → ${commands.join(' && ')}` : ''}`;
}
