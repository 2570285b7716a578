import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../../../../native/cuda/ptx', import.meta.url));
const HEAD = /^\/\/ warpline ([0-9a-f]{64})\n/;

/** Where `scripts/ptx` puts the PTX of a kernel that comes with warpline. */
export function ptxFile(kernel: string): string {
  return `${FOLDER}/${kernel.replace('/', '-')}.ptx`;
}

/** The first line of such a file: it names the source that the PTX was made from. */
export function ptxHead(source: string): string {
  return `// warpline ${createHash('sha256').update(source).digest('hex')}\n`;
}

/** The PTX made from exactly this kernel's source, ready to be loaded, or why there is none. */
export function shippedPtx(kernel: string, source: string): Uint8Array | string {
  let text: string;
  try {
    text = readFileSync(ptxFile(kernel), 'utf8');
  } catch {
    return 'no PTX of it comes with warpline';
  }
  const [head] = HEAD.exec(text) ?? [''];
  if (head !== ptxHead(source))
    return 'the PTX of it that comes with warpline is older than its source: run "scripts/ptx"';
  // cuModuleLoadDataEx reads up to a zero.
  return Buffer.from(`${text}\0`);
}
