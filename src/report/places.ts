import type { Group } from './gather.js';
import type { Result } from './result-file.js';
import { listed } from './words.js';

/** `Intel Xeon, 16 cores, 126 GiB`: the host of a figure, as far as it was recorded. */
function hostPhrase({ cpu, cores, coresAllowed, memoryGiB }: Record<string, string>): string {
  const host = [
    cpu && cpuName(cpu),
    cores && `${coresAllowed ? `${coresAllowed} of ` : ''}${cores} cores`,
    memoryGiB && `${memoryGiB} GiB`,
  ].filter((part) => part !== undefined && part !== '');
  return host.length > 0 ? host.join(', ') : 'a machine that was not recorded';
}

function cpuName(cpu: string): string {
  return cpu.replace(/\((R|TM)\)/g, '').replace(/\s+Processor$/, '');
}

/** `NVIDIA H200`, or the CPU where no GPU took part. */
export function shortName({ gpu, cpu }: Record<string, string>): string {
  return gpu ?? (cpu === undefined ? 'a machine that was not recorded' : cpuName(cpu));
}

/** `NVIDIA H200, Intel Xeon, 16 cores, 126 GiB`: where a figure comes from, in a phrase. */
export function machinePhrase(machine: Record<string, string>): string {
  const device = machine.gpu ?? machine.device;
  return device === undefined ? hostPhrase(machine) : `${device}, ${hostPhrase(machine)}`;
}

/** Each host once, with the devices that took part on it. */
export function hostsOf(machines: readonly Record<string, string>[]): string[] {
  const hosts = new Map<string, Set<string>>();
  for (const machine of machines) {
    const host = hostPhrase(machine);
    const devices = hosts.get(host) ?? new Set();
    hosts.set(host, devices);
    const device = machine.gpu ?? machine.device;
    if (device !== undefined) devices.add(device);
  }
  return [...hosts].map(([host, devices]) =>
    devices.size === 0 ? host : `${listed([...devices])}, ${host}`,
  );
}

/** `commit 68bdbb4e82d6, 2026-11-22`, of all the results of a group. */
export function commitPhrase(results: readonly Pick<Result, 'commit' | 'date'>[]): string {
  const each = results.map(
    ({ commit, date }) =>
      `commit ${commit ?? 'not recorded'}, ${date?.slice(0, 10) ?? 'date not recorded'}`,
  );
  return listed([...new Set(each)]);
}

/** Ports that benches use where nothing else is recorded: what made the frames. */
const PORTS: Record<string, string> = {
  figure13: 'net_null',
  figure14: 'net_null',
  scaling: 'net_null',
  work: 'net_null',
  methods: 'net_null',
  cpu: 'net_null',
  latency: 'traffic',
  'zero-loss': 'traffic',
  'back-to-back': 'memif',
  start: 'net_null',
};

const SAID: Record<string, string> = {
  net_null: 'frames come from DPDK’s net_null port, which makes them out of nothing',
  traffic: 'frames come from a generator in software',
  memif: 'frames come from dpdk-testpmd through shared memory',
};

/** What a figure does not show: no physical NIC, unless a port's address says otherwise. */
export function limits({ bench, results, rows }: Group): string {
  const recorded = [...results.map(({ port }) => port), ...rows.map(({ port }) => port)].filter(
    isText,
  );
  if (recorded.some((port) => /^[\da-f]{4}:[\da-f]{2}:/i.test(port))) return '';
  const noted = results.map(({ machine }) => machine.nic).find(isText);
  if (noted !== undefined) return `NIC: ${noted}.`;
  const port = PORTS[bench];
  if (port === undefined) return '';
  const why = SAID[port] === undefined ? '' : `: ${SAID[port]}`;
  return `No physical NIC took part${why}.`;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
