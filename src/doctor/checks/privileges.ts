import { type Check, lacks, ok, unknown } from '../check.js';
import type { Capability } from '../facts/process.js';

const WANTED: readonly [Capability, string][] = [
  ['NET_RAW', 'net_af_packet, net_pcap on an interface, mlx5'],
  ['NET_ADMIN', 'net_tap, net_af_xdp'],
  ['IPC_LOCK', 'locking more memory than ulimit -l'],
];

/** What this process may do; a warpline started the same way may do the same. */
export const privileges: Check = {
  name: 'privileges',
  look({ process }) {
    const { memlock } = process;
    if (process.root === undefined) return [unknown('/proc/self/status cannot be read')];
    const who = process.root ? 'root' : 'an ordinary user';
    const lacking = WANTED.filter(
      ([capability]) =>
        process.has(capability) === false && !(capability === 'IPC_LOCK' && memlock === Infinity),
    );
    if (lacking.length === 0) return [ok(`${who}, with all that ports may need`)];
    const each = lacking.map(([capability, use]) => `CAP_${capability} (${use})`);
    // Root that lacks one is root of a container, which got so much when it was started.
    const add = lacking.map(([capability]) => `--cap-add=${capability}`).join(' ');
    const mend = process.root ? [`docker run ${add} …`] : ['sudo warpline …'];
    return [lacks(`${who}, without ${each.join(', ')}`, mend)];
  },
};
