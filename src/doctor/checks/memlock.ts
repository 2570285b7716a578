import { type Check, lacks, ok, size, unknown } from '../check.js';
import { MEMLOCK_LEAST } from '../usable.js';

/** How much memory may be locked: vfio and verbs lock what packets lie in. */
export const memlock: Check = {
  name: 'memlock',
  look({ process }) {
    const { memlock } = process;
    if (memlock === undefined) return [unknown('/proc/self/limits cannot be read')];
    if (memlock === Infinity) return [ok('unlimited')];
    if (process.has('IPC_LOCK')) return [ok(`${size(memlock)}, which CAP_IPC_LOCK overrides`)];
    if (memlock >= MEMLOCK_LEAST) return [ok(size(memlock))];
    return [
      lacks(`${size(memlock)}: too little for the pools of a physical NIC; vdevs lock nothing`, [
        "echo '* - memlock unlimited' > /etc/security/limits.d/warpline.conf # then log in again",
      ]),
    ];
  },
};
