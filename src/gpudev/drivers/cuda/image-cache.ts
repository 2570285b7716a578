import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** What a compiler makes of a kernel: its image, and what the kernel is called in there. */
export interface Compiled {
  readonly image: Uint8Array;
  readonly entry: string;
}

/**
 * A compiled kernel's place on disk, named by everything that decides what is in it.
 *
 *   entry │ 0 │ image
 */
export class ImageCache {
  private readonly folder = join(
    process.env.XDG_CACHE_HOME || join(homedir(), '.cache'),
    'warpline',
  );
  private readonly file: string;

  constructor(parts: readonly unknown[]) {
    const hash = createHash('sha256').update(JSON.stringify(parts)).digest('hex');
    this.file = join(this.folder, `${hash}.image`);
  }

  async read(): Promise<Compiled | undefined> {
    const bytes = await readFile(this.file).catch(() => undefined);
    const end = bytes?.indexOf(0) ?? -1;
    if (bytes === undefined || end < 1 || end + 1 === bytes.length) return undefined;
    return { entry: bytes.toString('utf8', 0, end), image: bytes.subarray(end + 1) };
  }

  /** Whole or not at all, other processes may be at it; where nothing can be kept, nothing is. */
  async write({ image, entry }: Compiled): Promise<void> {
    const draft = `${this.file}.${process.pid}`;
    try {
      await mkdir(this.folder, { recursive: true });
      await writeFile(draft, Buffer.concat([Buffer.from(`${entry}\0`), image]));
      await rename(draft, this.file);
    } catch {}
  }
}
