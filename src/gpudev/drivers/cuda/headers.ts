import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const INCLUDE = fileURLToPath(new URL('../../../../include', import.meta.url));
const DIRECTIVE = /^[ \t]*#[ \t]*include[ \t]*(?:"([^"\n]+)"|<([^>\n]+)>)/gm;

/** Where `#include` looks: beside the source's file, if it is from one, then in the package. */
export function includeFolders(file?: string): string[] {
  const beside = file === undefined ? [] : [dirname(resolve(file))];
  return [...beside, INCLUDE, join(INCLUDE, 'nvrtc')];
}

/** The toolkit's own headers (cuda_fp16.h, cuda/atomic …) where it is installed: looked at last. */
export function toolkitFolders(): string[] {
  const folder = join(process.env.CUDA_PATH || '/usr/local/cuda', 'include');
  return existsSync(folder) ? [folder] : [];
}

/**
 * The text of every header in those folders that a source includes, directly or through others: what
 * was compiled of it is good for these headers alone.
 */
export function headersOf(source: string, folders: readonly string[]): string[] {
  const found = new Map<string, string>();
  const look = (text: string, beside: readonly string[]): void => {
    for (const [, quoted, angled] of text.matchAll(DIRECTIVE)) {
      const places = quoted === undefined ? folders : [...beside, ...folders];
      for (const path of places.map((place) => join(place, quoted ?? angled))) {
        if (found.has(path)) break;
        const header = read(path);
        if (header === undefined) continue;
        found.set(path, header);
        look(header, [dirname(path)]);
        break;
      }
    }
  };
  look(source, []);
  return [...found.values()];
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
