import { accessSync, constants, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

/**
 * A file tree to read a machine from: `/`, or the folder of a recording. Paths start with a slash
 * and mean the machine's; what is not there, or may not be read, is undefined.
 */
export class Tree {
  readonly root: string;

  constructor(root: string) {
    this.root = realpathSync(resolve(root));
  }

  /** The machine this process runs on, whose libraries may be asked too. */
  get here(): boolean {
    return this.root === '/';
  }

  /** A file's text without blanks around it. */
  text(path: string): string | undefined {
    return this.bytes(path)?.toString('latin1').trim();
  }

  bytes(path: string): Buffer | undefined {
    try {
      return readFileSync(this.at(path));
    } catch {
      return undefined;
    }
  }

  /** A file that holds one number, as most of sysfs do: decimal, or hexadecimal after 0x. */
  number(path: string): number | undefined {
    const text = this.text(path);
    const value = Number(text);
    return text === undefined || text === '' || Number.isNaN(value) ? undefined : value;
  }

  /** Names in a folder, sorted. */
  list(path: string): string[] {
    try {
      return readdirSync(this.at(path)).sort();
    } catch {
      return [];
    }
  }

  has(path: string): boolean {
    return this.may(path, constants.F_OK);
  }

  /** Whether this process may read and write the file. */
  open(path: string): boolean {
    return this.may(path, constants.R_OK | constants.W_OK);
  }

  /** Where a path leads in the end, links followed, as a path of the machine. */
  real(path: string): string | undefined {
    try {
      const inside = relative(this.root, realpathSync(this.at(path)));
      return inside.startsWith('..') ? undefined : `/${inside}`;
    } catch {
      return undefined;
    }
  }

  /** The last name of where a link leads: the driver behind `…/driver`. */
  target(path: string): string | undefined {
    return this.real(path)?.split('/').at(-1);
  }

  /** Whether it is there and this process may not look: then what it holds is unknown. */
  denied(path: string): boolean {
    try {
      accessSync(this.at(path), constants.R_OK);
      return false;
    } catch (cause) {
      return ['EACCES', 'EPERM'].includes((cause as NodeJS.ErrnoException).code ?? '');
    }
  }

  private at(path: string): string {
    return join(this.root, path);
  }

  private may(path: string, mode: number): boolean {
    try {
      accessSync(this.at(path), mode);
      return true;
    } catch {
      return false;
    }
  }
}
