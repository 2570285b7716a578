import type { Tree } from '../tree.js';

/** Which Linux this is: package names differ. */
export interface Distribution {
  /** `debian`, `ubuntu`, …; '' where unknown. */
  readonly id: string;
  /** 12, 24.04 */
  readonly version: string;
  /** Debian GNU/Linux 12 (bookworm) */
  readonly name: string;
}

export function readDistribution(tree: Tree): Distribution {
  const text = tree.text('/etc/os-release') ?? '';
  const value = (key: string) => new RegExp(`^${key}="?([^"\n]*)"?$`, 'm').exec(text)?.[1] ?? '';
  return { id: value('ID'), version: value('VERSION_ID'), name: value('PRETTY_NAME') };
}
