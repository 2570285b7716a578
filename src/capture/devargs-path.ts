import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fail } from '../errors.js';

/** A file's path as devargs can carry it; `dispose` removes what it took, and may be repeated. */
export interface DevargsPath {
  readonly path: string;
  dispose(): void;
}

/**
 * What rte_kvargs_tokenize takes for its own, with no way to quote it: `,` and `=` part the
 * arguments, and a `[` makes it swallow every comma up to the next `]`. Control characters would
 * pass, but break the lines of DPDK's log. A space is as good as any letter.
 */
const special = /[,=[\]\p{Cc}]/u;

/**
 * A path that can stand in devargs (`rx_pcap=…`, `tx_pcap=…`) for `file`, which need not exist
 * yet: `file` itself where it is safe, else a symbolic link to it in a private folder, through
 * which an output is created too. libpcap takes `-` for the standard streams, so that a file of
 * this name gets its full path.
 *
 * @throws PATH_UNUSABLE where no folder can be had for the link.
 */
export function devargsPath(file: string): DevargsPath {
  const target = file === '-' ? resolve(file) : file;
  if (!special.test(target)) return { path: target, dispose: () => {} };
  const folder = privateFolder(file);
  const path = join(folder, 'capture');
  const dispose = () => {
    process.off('exit', dispose);
    rmSync(folder, { recursive: true, force: true });
  };
  // A second Ctrl-C ends the process where it stands.
  process.once('exit', dispose);
  try {
    symlinkSync(resolve(target), path);
  } catch (error) {
    dispose();
    fail('PATH_UNUSABLE', { file: JSON.stringify(file), reason: (error as Error).message });
  }
  return { path, dispose };
}

/** The temporary folder may itself lie under a name that devargs cannot carry. */
function privateFolder(file: string): string {
  const reasons: string[] = [];
  for (const parent of new Set([tmpdir(), '/tmp', '/var/tmp', '/dev/shm'])) {
    if (special.test(parent)) continue;
    try {
      return mkdtempSync(join(parent, 'warpline-'));
    } catch (error) {
      reasons.push((error as Error).message);
    }
  }
  return fail('PATH_UNUSABLE', {
    file: JSON.stringify(file),
    reason: `its name needs a link, and there is no folder to put it in (${reasons.join('; ')})`,
  });
}
