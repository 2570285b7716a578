import type { Tree } from '../tree.js';

/** Bits of the capability sets (capability.h of the kernel). */
const BITS = { NET_ADMIN: 12, NET_RAW: 13, IPC_LOCK: 14, SYS_ADMIN: 21, BPF: 39 } as const;
export type Capability = keyof typeof BITS;

/** What the process that looks may do. */
export interface Process {
  /** Undefined where /proc does not say. */
  readonly root: boolean | undefined;
  /** Undefined where /proc does not say. */
  has(capability: Capability): boolean | undefined;
  /** Bytes of memory it may lock; Infinity without a limit, undefined where /proc does not say. */
  readonly memlock: number | undefined;
}

export function readProcess(tree: Tree): Process {
  const status = tree.text('/proc/self/status') ?? '';
  const [, effective] = /^CapEff:\s*([0-9a-f]+)$/m.exec(status) ?? [];
  const [, user] = /^Uid:\s*\d+\s+(\d+)/m.exec(status) ?? [];
  const limits = tree.text('/proc/self/limits') ?? '';
  const [, soft] = /^Max locked memory\s+(\d+|unlimited)/m.exec(limits) ?? [];
  return {
    root: user === undefined ? undefined : user === '0',
    has: (capability) =>
      effective === undefined
        ? undefined
        : ((BigInt(`0x${effective}`) >> BigInt(BITS[capability])) & 1n) === 1n,
    memlock: soft === undefined ? undefined : soft === 'unlimited' ? Infinity : Number(soft),
  };
}
