import type { L2fwdOptions } from '../apps/l2fwd/options.js';
import { shellWord } from '../apps/shell-word.js';
import { type Candidate, keyOf, nameOf, sharesEnds, usesList } from './candidate.js';
import { MARGIN, type Objective, type Verdict } from './objective.js';
import { short, told } from './search.js';

const VARIED = ['pipelines', 'lcoresPerPath', 'burst', 'blocks', 'items', 'timeoutUs'] as const;

/** Why this choice: what it does, and in each option the best that was measured with another value. */
export function reasons(choice: Verdict, ranking: Verdict[], objective: Objective): string[] {
  const { aim } = objective;
  const has = (other: Verdict) =>
    `has ${told(other.measured)}${lead(objective.gain(other, choice))}`;
  const { candidate, lcores, meets, measured } = choice;
  const others = ranking.filter((one) => keyOf(one.candidate) !== keyOf(candidate));
  const first = `${aim}: ${told(measured)} on ${lcores} lcore${lcores === 1 ? '' : 's'}`;
  const short = 'no option set that was measured does it; this one comes nearest';
  const method = others.find((one) => one.candidate.method !== candidate.method);
  const options = VARIED.flatMap((name) => {
    const other = others.find((one) => differOnlyIn(name, one.candidate, candidate));
    return other === undefined
      ? []
      : `${name} ${candidate[name]}: ${other.candidate[name]} ${has(other)}`;
  });
  return [
    first,
    ...(meets ? [] : [short]),
    ...(method === undefined
      ? []
      : [
          `${candidate.method}: the best of another method, ${nameOf(method.candidate)}, ${has(method)}`,
        ]),
    ...options,
  ];
}

/** Of one that did better than the choice: why it is not the choice. */
function lead(gain: number): string {
  if (gain < 1.001 || gain > 1 + MARGIN) return '';
  return `: ${((gain - 1) * 100).toFixed(1)} % better, and up to ${MARGIN * 100} % the choice stands`;
}

function differOnlyIn(name: (typeof VARIED)[number], a: Candidate, b: Candidate): boolean {
  if (a.method !== b.method) return false;
  return VARIED.every((one) => (a[one] === b[one]) !== (one === name));
}

/** The options of a run that are not the candidate's. */
export type Given = Pick<L2fwdOptions, 'ports'> &
  Partial<Pick<L2fwdOptions, 'device' | 'kernel' | 'kernelThreads' | 'packetTimeNs'>>;

/** The command line that runs a candidate, ready to paste. */
export function l2fwdLine(candidate: Candidate, given: Given): string {
  const { method, memory, burst, timeoutUs, items, blocks, pipelines, lcoresPerPath } = candidate;
  const { ports, device, kernel, kernelThreads, packetTimeNs } = given;
  const listed = usesList(candidate);
  const options: [string, string | number | undefined][] = [
    ...ports.map((port): [string, string] => ['port', port]),
    ['method', method],
    ['device', device],
    ['memory', memory],
    ['burst', burst],
    ['timeout-us', listed ? timeoutUs : undefined],
    ['items', listed ? items : undefined],
    ['blocks', method === 'persistent' ? blocks : undefined],
    ['pipelines', pipelines],
    ['lcores', sharesEnds(candidate) ? lcoresPerPath : undefined],
    ['kernel', kernel],
    ['kernel-threads', kernelThreads],
    ['packet-time-ns', packetTimeNs === 0 ? undefined : packetTimeNs],
  ];
  const words = options.flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, shellWord(String(value))],
  );
  return ['warpline l2fwd', ...words].join(' ');
}

/** A traffic port with the load it is to offer; any other as it is. */
export function portsAt(ports: string[], mpps?: number): string[] {
  if (mpps === undefined) return ports;
  return ports.map((port) => `${port.replace(/,mpps=[^,]*/, '')},mpps=${short(mpps)}`);
}
