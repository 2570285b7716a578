import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const manifest = new URL('../package.json', import.meta.url);

/** The package's version, as `warpline --version` and every result say it. */
export const version: string = JSON.parse(readFileSync(manifest, 'utf8')).version;

/** The commit measured, with `+` where the tree had changes; a bundle carries the one it is of. */
export function commit(): string {
  const cwd = fileURLToPath(new URL('../', import.meta.url));
  const carried = `${cwd}commit`;
  if (existsSync(carried)) return readFileSync(carried, 'utf8').trim();
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    const dirty = git('status', '--porcelain', '--untracked-files=no') !== '';
    return git('rev-parse', '--short=12', 'HEAD').trim() + (dirty ? '+' : '');
  } catch {
    return 'unknown';
  }
}
